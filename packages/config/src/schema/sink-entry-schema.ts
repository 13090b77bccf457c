import type { Status } from '@audit/core'
import { z } from 'zod'
import { byteSize, choice, duration, listOf, text, whole, yesOrNo } from './values.ts'

const DAY_MS = 86_400_000
const MiB = 2 ** 20

// As in a catalog: nouns and verbs of lower-case letters, digits and '-'. The catalog decides which of them exist.
const PATTERN = /^!?(\*|[a-z][a-z0-9-]{0,63}):(\*|[a-z][a-z0-9-]{0,63})$/
const pattern = z
  .string({ error: "give a pattern 'noun:verb'" })
  .regex(PATTERN, "give a pattern 'noun:verb' of lower-case names or '*', such as 'flag:*', '*:deleted' or '!flag:read'")

export function eventPatterns(description: string): z.ZodType<readonly string[]> {
  return listOf(pattern, "patterns, such as 'flag:*'", description)
}

/** The settings that every type of sink has. */
export interface SinkEntryConfig {
  readonly enabled?: boolean | undefined
  readonly events?: readonly string[] | undefined
  readonly statuses?: readonly Status[] | undefined
  readonly tenants?: readonly string[] | undefined
  readonly batch?: BatchConfig | undefined
  readonly retry?: RetryConfig | undefined
  readonly from?: 'now' | 'oldest' | undefined
  readonly maxLagBytes?: number | undefined
  readonly onLag?: 'skip' | 'hold' | undefined
}

/** Times in milliseconds. */
export interface BatchConfig {
  readonly maxEvents?: number | undefined
  readonly maxBytes?: number | undefined
  readonly maxAge?: number | undefined
}

/** Times in milliseconds. */
export interface RetryConfig {
  readonly minDelay?: number | undefined
  readonly maxDelay?: number | undefined
  readonly deadline?: number | undefined
}

const statusNames = ['attempted', 'success', 'failure', 'denied'] as const
const tenant = text('A tenant.', { max: 256 })

type Shape<Config> = { readonly [Key in keyof Config]-?: z.ZodOptional<z.ZodType<NonNullable<Config[Key]>>> }

export const sinkEntryShape: Shape<SinkEntryConfig> = {
  enabled: yesOrNo('False leaves the sink out; its variables need not be set then. Default true.').optional(),
  events: eventPatterns("Which events it gets: 'flag:*', '*:deleted', '!flag:read'. Default: everything.").optional(),
  statuses: listOf(
    choice(statusNames, 'A status.'),
    'statuses',
    'Which outcomes it gets. Default: every status it can express.',
  ).optional(),
  tenants: listOf(tenant, 'tenants', 'Only events of these tenants. Default: all events.').optional(),
  batch: z
    .strictObject({
      maxEvents: whole({ min: 1, max: 10_000 }, 'The most events in a batch. Default 100, for a file 1000.').optional(),
      maxBytes: byteSize({ min: 1, max: 64 * MiB }, 'Default 1MiB.').optional(),
      maxAge: duration({ min: 0, max: DAY_MS }, 'How long an event waits for others. Default 1s.').optional(),
    })
    .describe('When a batch is full.')
    .optional(),
  retry: z
    .strictObject({
      minDelay: duration(
        { min: 1, max: DAY_MS },
        'The limit of the first wait; it doubles with each try. Default 500ms.',
      ).optional(),
      maxDelay: duration({ min: 1, max: DAY_MS }, 'Default 1m.').optional(),
      deadline: duration({ min: 1, max: DAY_MS }, 'The longest time for one try. Default 15s.').optional(),
    })
    .refine(({ minDelay = 500, maxDelay = 60_000 }) => minDelay <= maxDelay, { error: 'minDelay is above maxDelay' })
    .describe('When a batch that was not stored is tried again.')
    .optional(),
  from: choice(['now', 'oldest'], 'Where a new sink begins. Default now; for a store, oldest.').optional(),
  maxLagBytes: byteSize(
    { min: 1, max: 2 ** 40 },
    'How much of the journal may wait for this sink; events beyond it are skipped and recorded as lost. Default 1GiB.',
  ).optional(),
  onLag: choice(['skip', 'hold'], 'hold keeps everything for it until the journal is full. Default skip.').optional(),
}
