import type { JournalOpenOptions } from '../journal/journal.ts'
import type { Adoption } from './orphaned-logs.ts'
import type { Bounds } from './space-limits.ts'
import type { DiskKind } from '../log-format/disk-kind.ts'
import type { Differences } from './seal/differences.ts'
import type { FileReaders } from './readers/cursors.ts'
import type { HeldLogs } from './held/held-logs.ts'
import type { LogsSetAside } from './logs-set-aside.ts'
import type { OwnFacts } from './pending-system-events.ts'
import type { OwnLog } from './active-log.ts'
import type { Room } from './space-reclaimer.ts'
import type { Sealing } from './seal-loop.ts'
import type { Upkeep } from './housekeeping.ts'

/** The parts of an open journal. */
export interface OpenedJournal {
  readonly root: string
  readonly kind: DiskKind
  readonly aside: LogsSetAside
  readonly held: HeldLogs
  readonly differences: Differences
  readonly readers: FileReaders
  readonly adoption: Adoption
  readonly facts: OwnFacts
  readonly log: OwnLog
  readonly bounds: Bounds
  readonly room: Room
  /** Undefined if the journal is not sealed. */
  readonly sealing: Sealing | undefined
  readonly upkeep: Upkeep
  readonly options: JournalOpenOptions
}
