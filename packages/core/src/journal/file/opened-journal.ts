import type { JournalOpenOptions } from '../journal.ts'
import type { Adoption } from './adoption.ts'
import type { Bounds } from './bounds.ts'
import type { DiskKind } from './disk-kind.ts'
import type { Differences } from './differences.ts'
import type { FileReaders } from './file-readers.ts'
import type { HeldLogs } from './held-logs.ts'
import type { LogsSetAside } from './logs-set-aside.ts'
import type { OwnFacts } from './own-facts.ts'
import type { OwnLog } from './own-log.ts'
import type { Room } from './room.ts'
import type { Sealing } from './sealing.ts'
import type { Upkeep } from './upkeep.ts'

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
