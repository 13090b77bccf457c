// What an application needs. Sinks, journals, adapters and tools have entries of their own.
export { createAudit } from './create-audit.ts'
export type { Audit, Register, RegisteredCatalog } from './audit/audit.ts'
export type { AuditOptions } from './options/audit-options.ts'
export type { SinkEntry } from './options/sink-entry.ts'
export type { AuditHealth, AuditStats } from './audit/status.ts'

export { defineEvents } from './event/catalog.ts'
export type { AnyCatalog, Catalog, EventName, PayloadInput } from './event/catalog.ts'
export { noPayload } from './event/schema.ts'
export type { Schema } from './event/schema.ts'
export type { Actor } from './event/actor.ts'
export type { AuditEvent, Change, FailMode, Receipt, RequestInfo, Status, Target } from './event/event.ts'

export type { AuditContext } from './capture/context.ts'
export type { AuditSnapshot } from './capture/snapshot.ts'
export type { OpenEvent } from './capture/open-event.ts'

export type { Enricher } from './enrich/enrichment.ts'
export { redactedHash } from './enrich/field-hash.ts'
export type { RedactionOptions } from './enrich/redact.ts'

export { fileJournal } from './file-journal/on-disk.ts'
export type { FileJournalOptions } from './file-journal/file-journal-options.ts'
export { memoryJournal } from './journal/memory-journal.ts'
export { memoryDeadLetters } from './journal/memory-dead-letters.ts'
export type { DeadLetter } from './journal/dead-letter-store.ts'
export type { Journal } from './journal/journal.ts'

export type { Anchor } from './seal/anchor.ts'
export { fileAnchor } from './seal/file-anchor.ts'
export type { SealOptions } from './seal/seal-options.ts'

export { readTrail } from './trail/on-disk.ts'
export type { TrailFilter } from './event/trail-filter.ts'

export { consoleSink } from './sink/console-sink.ts'
export { memorySink } from './sink/memory-sink.ts'
export type { MemorySink } from './sink/memory-sink.ts'
export { SinkError } from './sink/sink-error.ts'
export type { Sink } from './sink/sink.ts'

export { AuditError } from './errors.ts'
export type { AuditErrorCode } from './errors.ts'
export type { Clock } from './clock.ts'
export type { DiagnosticMessages } from './diagnostics.ts'
export type { Logger } from './logger.ts'
