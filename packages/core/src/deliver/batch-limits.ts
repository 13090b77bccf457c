import type { BatchLimits } from '../event/batch.ts'

/** At most one request per second for a quiet service, and batches that every HTTP receiver accepts. */
export const defaultBatchLimits: BatchLimits = { maxEvents: 100, maxBytes: 1 << 20, maxAgeMs: 1_000 }
