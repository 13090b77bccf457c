import type { JournalOpenOptions } from '../journal/journal.ts'
import { OrphanedLogs } from './orphaned-logs.ts'
import { SpaceLimits } from './space-limits.ts'
import type { DiskKind } from '../log-format/disk-kind.ts'
import { Differences } from './seal/differences.ts'
import { OpenCursors } from './readers/open-cursors.ts'
import { HeldLogs } from './held/held-logs.ts'
import { LogsSetAside } from './logs-set-aside.ts'
import { lossOf, PendingSystemEvents } from './pending-system-events.ts'
import { ActiveLog } from './active-log.ts'
import { SpaceReclaimer } from './space-reclaimer.ts'
import { SealLoop } from './seal-loop.ts'
import { Housekeeping } from './housekeeping.ts'
import { ownerOf, type ClaimedLog, type ClaimOptions } from './claimed-log.ts'
import type { ResolvedFileJournalOptions } from './file-journal-options.ts'
import type { EncodedEvent } from '../event/event.ts'
import { TrimAnnouncements, slowestCursorOf } from './retention.ts'
import { FileDeadLetters } from './file-dead-letters.ts'
import type { SystemAction } from '../event/event-pattern.ts'
import { changedIn } from './seal/covered-scan.ts'
import type { FileSystem } from '../log-format/file-system.ts'

/** The parts of an open journal. */
export interface OpenedJournal {
  readonly root: string
  readonly kind: DiskKind
  readonly aside: LogsSetAside
  readonly held: HeldLogs
  readonly differences: Differences
  readonly cursors: OpenCursors
  readonly orphanedLogs: OrphanedLogs
  readonly systemEvents: PendingSystemEvents
  readonly log: ActiveLog
  readonly spaceLimits: SpaceLimits
  readonly spaceReclaimer: SpaceReclaimer
  /** Undefined if the journal is not sealed. */
  readonly sealLoop: SealLoop | undefined
  readonly housekeeping: Housekeeping
  readonly options: JournalOpenOptions
}

export interface AssemblyOptions {
  readonly fileSystem: FileSystem
  /** Directory of the journal. */
  readonly root: string
  readonly kind: DiskKind
  readonly limits: ResolvedFileJournalOptions
  readonly opening: JournalOpenOptions
  readonly deadLetters: FileDeadLetters
  /** The active log, if there is one. */
  readonly own: () => ClaimedLog | undefined
  readonly append: (events: readonly EncodedEvent[]) => Promise<void>
  readonly write: (own: ClaimedLog, events: readonly EncodedEvent[]) => Promise<void>
  /** Resolves once the active log has recorded the system event. */
  readonly record: (action: SystemAction, payload: unknown) => Promise<void>
  readonly writeSystemEvents: () => Promise<void>
  /** Runs a task while nothing is appended. */
  readonly exclusively: <T>(task: () => Promise<T>) => Promise<T>
}

/** Makes the parts of a journal and connects them. Reads and writes nothing. */
export function assembleJournal(options: AssemblyOptions): OpenedJournal {
  const { fileSystem, root, kind, limits, opening, deadLetters, own, record } = options
  const { clock, service, execute, warn, seal } = opening
  const systemEvents = new PendingSystemEvents(opening.systemEvent)
  const spaceLimits = new SpaceLimits(limits)
  const cursors = new OpenCursors({
    clock,
    onMoved: () => {
      const active = own()
      if (active) spaceLimits.afterMove(active.log, () => slowestCursorOf(active, cursors))
    },
    onLost: (sink, { source }, loss) => record('lost', lossOf(sink, source, loss, clock.now())),
    onGap: (log, from, to) => differences.report(log, { reason: 'unreadable', from, to }),
    onChanged: (log, sequences) => differences.report(log, changedIn(sequences)),
    onReadError: (sink, error) => {
      const { code = 'an unknown error' } = error as NodeJS.ErrnoException
      warn(`read ${sink}`, `The journal could not be read for sink '${sink}' (${code}); trying again.`)
    },
  })
  const aside = new LogsSetAside(warn)
  const append = (events: readonly EncodedEvent[]) => options.append(events).then(() => opening.onSystemEvents(events))
  const again = (directory: string) => orphanedLogs.again(directory)
  const owner = () => {
    const active = own()
    return active && ownerOf(active)
  }
  const held = new HeldLogs({
    fileSystem,
    root,
    service,
    systemEvent: opening.systemEvent,
    append,
    owner,
    deliver: again,
  })
  const take: ClaimOptions = {
    fileSystem,
    segmentBytes: limits.segmentBytes,
    seal,
    aside,
    held,
    warn,
  }
  const isOwn = (directory: string) => own()?.directory === directory
  const orphanedLogs = new OrphanedLogs({ root, service, take, cursors, deadLetters, isOwn, record, warn })
  const log = new ActiveLog({ root, journal: opening, take, cursors, orphanedLogs, systemEvents })
  const differences = new Differences({ own: log, orphanedLogs, record, warn })
  const trimAnnouncements = new TrimAnnouncements(cursors)
  const spaceReclaimer = new SpaceReclaimer({
    opening,
    spaceLimits,
    cursors,
    trimAnnouncements,
    write: options.write,
  })
  const sealLoop =
    seal &&
    new SealLoop({
      clock,
      seal,
      own: () => log.source,
      orphaned: () => orphanedLogs.sources,
      record,
      onDifference: (log, difference) => differences.report(log, difference),
      warn,
    })
  const housekeeping = new Housekeeping({
    clock,
    fileSystem,
    root,
    retentionMs: limits.retentionMs,
    spaceLimits,
    cursors,
    orphanedLogs,
    trimAnnouncements,
    onDifference: (found, difference) => differences.report(found, difference),
    execute,
    warn,
    own,
    writeSystemEvents: options.writeSystemEvents,
    record,
    exclusively: options.exclusively,
  })
  return {
    root,
    kind,
    aside,
    held,
    differences,
    cursors,
    orphanedLogs,
    systemEvents,
    log,
    spaceLimits,
    spaceReclaimer,
    sealLoop,
    housekeeping,
    options: opening,
  }
}
