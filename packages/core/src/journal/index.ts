// Everything that an author of a journal needs: `@audit/core/journal`. `journalConformance` and
// `cursorsConformance` of `@audit/core/testing` test one.
export type { Cursor, CursorOptions, Cursors, CursorsOpenOptions, CursorsStatus } from './cursors.ts'
export type { Journal, JournalOpenOptions, JournalStatus, SealStatus } from './journal.ts'
export type { AppendsSynchronously, Forgettable, LineStanding, Sealable } from './capabilities.ts'
export type { DeadLetter, DeadLetterStore } from './dead-letter-store.ts'
export type { HeldLines, HeldLog, HeldRelease } from './held.ts'
export type { KnownCheckpoint, Seal, Sealed } from './seal.ts'
export { createBatch } from '../event/batch.ts'
export type { Batch, BatchLimits, JournalRecord } from '../event/batch.ts'
export type { EncodedEvent, EventHeader } from '../event/event.ts'
export { AuditError } from '../errors.ts'
export type { AuditErrorCode } from '../errors.ts'
export type { Clock, ScheduleOptions, Timer } from '../clock.ts'
