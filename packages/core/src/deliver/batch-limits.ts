import type { BatchLimits } from '../event/batch.ts'

/** One request a second at most for a quiet service, and batches that every HTTP receiver takes. */
export const defaultBatchLimits: BatchLimits = { maxEvents: 100, maxBytes: 1 << 20, maxAgeMs: 1_000 }
