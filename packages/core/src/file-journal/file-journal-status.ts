import type { OpenedJournal } from './opened-journal.ts'
import type { AuditError } from '../errors.ts'
import type { JournalStatus } from '../journal/journal.ts'
import { diskProblems } from '../log-format/disk-kind.ts'
import { SEAL_CURSOR } from '../log-format/file-names.ts'
import type { ClaimedLog } from './claimed-log.ts'

export interface StatusParts {
  readonly state: JournalStatus['state']
  readonly maxBytes: number
  readonly own: ClaimedLog | undefined
  readonly failure: AuditError | undefined
  /** The parts of the status that only an open journal has. */
  readonly opened: OpenedJournal | undefined
}

export function fileJournalStatus({ state, maxBytes, own, failure, opened }: StatusParts): JournalStatus {
  const found = opened
    ? [
        ...diskProblems[opened.kind],
        ...opened.spaceLimits.problems,
        ...opened.aside.problems,
        ...opened.held.problems,
        ...opened.differences.problems,
        ...(opened.sealLoop?.problems ?? []),
      ]
    : []
  return {
    state,
    durability: opened?.kind === 'memory' ? 'machine' : 'disk',
    ...(own && { source: own.log.source }),
    end: own?.log.end ?? 0,
    events: own ? own.log.end - own.log.first : 0,
    bytes: own?.log.bytes ?? 0,
    maxBytes,
    problems: failure ? [failure.message, ...found] : found,
    detached: own?.offsets.names.filter((name) => name !== SEAL_CURSOR && !opened?.cursors.has(name)) ?? [],
    orphanedLogs: opened?.orphanedLogs.sources.length ?? 0,
    ...(opened?.sealLoop && { seal: { size: own?.seal?.sealed?.size ?? 0, keys: opened.sealLoop.keys } }),
  }
}
