export { createAudit } from './create-audit.ts'
export type { Audit, Register, RegisteredCatalog, TimeoutOptions } from './audit/audit.ts'
export type { AuditOptions, EventLimits } from './options/audit-options.ts'
export type { SinkEntry } from './options/sink-entry.ts'
export type { AuditHealth, AuditStats, SinkHealth, SinkStats } from './audit/status.ts'

export { defineEvents } from './event/catalog.ts'
export type {
  AnyCatalog,
  Catalog,
  Definitions,
  EventDefinition,
  EventName,
  EventOptions,
  PayloadInput,
  Schemas,
} from './event/catalog.ts'
export { noPayload } from './event/schema.ts'
export type { Schema } from './event/schema.ts'
export type { Actor } from './event/actor.ts'
export type {
  AuditEvent,
  Change,
  EncodedEvent,
  EventError,
  EventResponse,
  EventFacts,
  FailMode,
  Invalid,
  Metadata,
  Receipt,
  RequestInfo,
  Status,
  Target,
  Trace,
} from './event/event.ts'
export type { Batch, BatchLimits } from './event/batch.ts'
export type { Conversion } from './copy/plain-copy.ts'

export type { AuditContext } from './capture/context.ts'
export type { AuditSnapshot } from './capture/snapshot.ts'
export type { Annotation, OpenEvent } from './capture/open-event.ts'
export type { BeginOptions, DeniedOptions, RecordOptions } from './capture/recorder.ts'

export type { Enricher } from './enrich/enricher.ts'
export { redactedHash } from './enrich/field-hash.ts'
export type { Hashable, RedactedHashOptions } from './enrich/field-hash.ts'
export type { RedactionOptions } from './enrich/redact.ts'

export type { QueueLimits } from './intake/queue.ts'

export { fileJournal } from './file-journal/file-journal.ts'
export type { FileJournalOptions } from './file-journal/file-journal-options.ts'
export { memoryJournal } from './journal/memory-journal.ts'
export type { MemoryJournalOptions } from './journal/memory-journal.ts'
export type { Cursor, CursorOptions, Journal, JournalOpenOptions, JournalStatus, SealStatus } from './journal/journal.ts'

export { createSigner } from '@audit/proof'
export type { Signer } from '@audit/proof'
export type { Anchor, AnchoredCheckpoint } from './seal/anchor.ts'
export { fileAnchor } from './seal/file-anchor.ts'
export type { FileAnchorOptions } from './seal/file-anchor.ts'
export type { SealKey, SealOptions } from './seal/seal-options.ts'
export type { KnownCheckpoint, Seal, Sealed } from './journal/seal.ts'

export { readTrail } from './trail/read-trail.ts'
export type { TrailOptions } from './trail/read-trail.ts'
export type { TrailOrder } from './trail/trail-merge.ts'
export type { TrailFilter } from './trail/trail-selection.ts'

export { memoryDeadLetters } from './journal/memory-dead-letters.ts'
export type { RunningSinks } from './audit/sinks-api.ts'
export type { RemovedSink } from './deliver/remove-sink.ts'
export type {
  DeadLetterOffice,
  LetterSelection,
  ReplayOutcome,
  ReplaySelection,
  UnprovenLetter,
} from './audit/dead-letters-api.ts'
export type { DeadLetter, DeadLetters } from './journal/dead-letter-store.ts'
export type { HeldLines, HeldLog, HeldRelease } from './journal/held.ts'
export type { DelivererState } from './deliver/deliverer.ts'
export type { DeliveryCounts } from './deliver/delivery-counters.ts'
export type { RetryPolicy } from './deliver/retry-policy.ts'

export { consoleSink } from './sink/console-sink.ts'
export type { ConsoleSinkOptions } from './sink/console-sink.ts'
export { memorySink } from './sink/memory-sink.ts'
export type { MemorySink, MemorySinkOptions } from './sink/memory-sink.ts'
export { SinkError } from './sink/sink-error.ts'
export type { SinkErrorOptions } from './sink/sink-error.ts'
export type { Sink, WriteOptions } from './sink/sink.ts'

export { AuditError } from './errors.ts'
export type { AuditErrorCode } from './errors.ts'
export type { Clock, ScheduleOptions, Timer } from './clock.ts'
export type { DiagnosticMessages } from './diagnostics.ts'
export type { Logger } from './logger.ts'
