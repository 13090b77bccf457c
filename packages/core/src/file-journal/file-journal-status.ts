import type { OpenedJournal } from './opened-journal.ts'
import type { AuditError } from '../errors.ts'
import type { JournalStatus } from '../journal/journal.ts'
import { diskProblems } from '../log-format/disk-kind.ts'
import { SEAL_CURSOR } from '../log-format/file-names.ts'
import type { OwnedSource } from './claimed-log.ts'

export interface StatusParts {
  readonly state: JournalStatus['state']
  readonly maxBytes: number
  readonly own: OwnedSource | undefined
  readonly failure: AuditError | undefined
  /** The parts of the status that only an open journal has. */
  readonly opened: OpenedJournal | undefined
}

export function fileJournalStatus({ state, maxBytes, own, failure, opened }: StatusParts): JournalStatus {
  const found = opened
    ? [
        ...diskProblems[opened.kind],
        ...opened.bounds.problems,
        ...opened.aside.problems,
        ...opened.held.problems,
        ...opened.differences.problems,
        ...(opened.sealing?.problems ?? []),
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
    detached: own?.places.names.filter((name) => name !== SEAL_CURSOR && !opened?.readers.has(name)) ?? [],
    adopted: opened?.adoption.sources.length ?? 0,
    ...(opened?.sealing && { seal: { size: own?.seal?.sealed?.size ?? 0, keys: opened.sealing.keys } }),
  }
}
