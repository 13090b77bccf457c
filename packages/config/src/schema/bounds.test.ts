import { createAudit, defineEvents, memoryJournal, memorySink, noPayload, type AuditOptions } from '@audit/core'
import { expect, test } from 'vitest'
import { configSchema } from './config-schema.ts'

// The bounds in the schema are those of the library, so that every mistake is reported with its line.

const events = defineEvents({ flag: { created: noPayload } })

async function isTakenByAudit(options: Partial<AuditOptions<typeof events>>): Promise<boolean> {
  try {
    await createAudit({ service: 'a', events, journal: memoryJournal(), ...options }).close()
    return true
  } catch {
    return false
  }
}

const inSink = (settings: object) => ({ sinks: [{ sink: memorySink(), ...settings }] })
type Bound = [key: string, min: number, max: number, config: (value: number) => object, options: (value: number) => object]

const ms = (value: number) => `${value}ms`
const day = 86_400_000
test.each<Bound>([
  ['maxWait', 1, 600_000, (value) => ({ maxWait: ms(value) }), (maxWaitMs) => ({ maxWaitMs })],
  ['queue.maxEvents', 1, 10_000_000, (maxEvents) => ({ queue: { maxEvents } }), (maxEvents) => ({ queue: { maxEvents } })],
  ['queue.maxBytes', 1_024, 2 ** 40, (maxBytes) => ({ queue: { maxBytes } }), (maxBytes) => ({ queue: { maxBytes } })],
  [
    'denials.anonymousPerMinute',
    0,
    1_000_000,
    (value) => ({ denials: { anonymousPerMinute: value } }),
    (value) => ({ denials: { anonymousPerMinute: value } }),
  ],
  ['limits.maxBytes', 1_024, 2 ** 20, (maxBytes) => ({ limits: { maxBytes } }), (maxBytes) => ({ limits: { maxBytes } })],
  [
    'limits.maxStringBytes',
    256,
    2 ** 20,
    (value) => ({ limits: { maxStringBytes: value } }),
    (value) => ({ limits: { maxStringBytes: value } }),
  ],
  ['limits.maxDepth', 1, 64, (maxDepth) => ({ limits: { maxDepth } }), (maxDepth) => ({ limits: { maxDepth } })],
  ['limits.maxMembers', 1, 100_000, (maxMembers) => ({ limits: { maxMembers } }), (maxMembers) => ({ limits: { maxMembers } })],
  [
    'batch.maxEvents',
    1,
    10_000,
    (value) => sink({ batch: { maxEvents: value } }),
    (value) => inSink({ batch: { maxEvents: value } }),
  ],
  [
    'batch.maxBytes',
    1,
    64 * 2 ** 20,
    (value) => sink({ batch: { maxBytes: value } }),
    (value) => inSink({ batch: { maxBytes: value } }),
  ],
  ['batch.maxAge', 0, day, (value) => sink({ batch: { maxAge: ms(value) } }), (value) => inSink({ batch: { maxAgeMs: value } })],
  [
    'retry.minDelay',
    1,
    60_000,
    (value) => sink({ retry: { minDelay: ms(value) } }),
    (value) => inSink({ retry: { minDelayMs: value } }),
  ],
  [
    'retry.maxDelay',
    500,
    day,
    (value) => sink({ retry: { maxDelay: ms(value) } }),
    (value) => inSink({ retry: { maxDelayMs: value } }),
  ],
  [
    'retry.deadline',
    1,
    day,
    (value) => sink({ retry: { deadline: ms(value) } }),
    (value) => inSink({ retry: { deadlineMs: value } }),
  ],
  ['maxLagBytes', 1, 2 ** 40, (value) => sink({ maxLagBytes: value }), (value) => inSink({ maxLagBytes: value })],
])('schema and library both accept %s from %d to %d', async (_, min, max, config, options) => {
  for (const value of [min - 1, min, max, max + 1]) {
    const isWithin = value >= min && value <= max
    expect({ value, taken: configSchema.safeParse(config(value)).success }).toEqual({ value, taken: isWithin })
    expect({ value, taken: await isTakenByAudit(options(value)) }).toEqual({ value, taken: isWithin })
  }
})

function sink(settings: object): object {
  return { sinks: { console: settings } }
}

test.each(['a', 'flags-api', 'a.b_c-1', 'x'.repeat(64), 'x'.repeat(65), '', 'A', '-a', 'a b'])(
  'schema and library agree about the service name %j',
  async (service) => {
    expect(configSchema.safeParse({ service }).success).toBe(await isTakenByAudit({ service }))
  },
)
