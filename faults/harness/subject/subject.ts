// The process that a harness attacks: records events, delivers them to its sinks, and prints the result of each.
//
//   node faults/harness/subject/subject.ts '<a SubjectPlan as JSON>'
//
// On stdin `measure` and `measured` begin and end a measurement, and `stop` ends it normally. The end of stdin ends it at once, so
// a harness that ended leaves no process.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises'
import { AuditError, createAudit, defineEvents, type Audit } from '../../../packages/core/dist/index.js'
import { between, seededRandom } from '../../../packages/core/src/testing/adapter/seeded-random.ts'
import { atPace } from '../pace.ts'
import { deliverySink } from './delivery-file.ts'
import { journalOf } from './journal-kind.ts'
import {
  BATCH_EVENTS,
  payloadOf,
  payloadSchema,
  sinkNames,
  type Measurement,
  type Outcome,
  type SubjectMessage,
  type SubjectPlan,
} from './subject-plan.ts'

const SLOW_MS = 8
const DRAIN_TIMEOUT_MS = atPace(180_000)
/** How long `close()` waits for a sink that never takes its events. */
const HELD_CLOSE_MS = 500
const BURST_EVENTS = 60
const SAMPLE_MS = 50
const TICK_MS = 4

const plan = JSON.parse(process.argv[2] ?? '{}') as SubjectPlan
const events = defineEvents({ thing: { done: payloadSchema } })
const audit: Audit<typeof events> = createAudit({
  service: 'subject',
  events,
  journal: await journalOf(plan.journal, { directory: plan.directory, segmentBytes: plan.segmentBytes }),
  failMode: plan.failMode,
  maxWaitMs: plan.maxWaitMs,
  queue: { maxEvents: plan.queueEvents },
  sinks: sinkNames(plan.hasHeldSink).map((name) => ({
    sink: deliverySink(name, {
      directory: plan.deliveries,
      by: plan.run,
      tookMs: name === 'slow' ? SLOW_MS : 0,
      isHeld: name === 'held' && plan.task === 'write',
    }),
    from: 'oldest' as const,
    batch: { maxEvents: BATCH_EVENTS, maxAgeMs: 20 },
    onLag: 'hold' as const,
  })),
})

const stopping = new AbortController()
let unsaid = ''
const loopDelay = monitorEventLoopDelay({ resolution: 2 })
let maxWaiting = 0
let before: NodeJS.MemoryUsage | undefined
const measurements: Measurement[] = []

process.stdin.on('data', (text) => {
  for (const command of String(text).split('\n')) {
    if (command === 'stop') stopping.abort()
    else if (command === 'measure') measure()
    else if (command === 'measured') finishMeasuring()
  }
})
process.stdin.on('end', () => process.kill(process.pid, 'SIGKILL'))
process.stdin.unref()

await audit.ready().then(
  () => say({ kind: 'ready', ms: Math.round(performance.now()) }),
  (error: unknown) => say({ kind: 'not-ready', reason: String(error) }),
)
if (plan.task === 'drain') await drain()
else await write()
await audit.close(plan.hasHeldSink && plan.task === 'write' ? { timeoutMs: HELD_CLOSE_MS } : {})
const { submitted, rejected, lost, recorded, waiting, unconfirmed } = audit.stats()
const books = { submitted, rejected, lost, recorded, waiting, unconfirmed }
say({ kind: 'done', summary: { ...books, maxWaiting, measurements } })
await turn()
process.stdin.destroy()

async function drain(): Promise<void> {
  await audit.flush({ timeoutMs: DRAIN_TIMEOUT_MS })
  say({ kind: 'drained' })
  // Orphaned logs are adopted one after the other.
  while (!stopping.signal.aborted) await delay(SAMPLE_MS)
  await audit.flush({ timeoutMs: DRAIN_TIMEOUT_MS })
}

async function write(): Promise<void> {
  const sampling = setInterval(sample, SAMPLE_MS)
  await (plan.eventsPerSecond === undefined ? writeInBursts() : writeSteadily(plan.eventsPerSecond))
  sample()
  clearInterval(sampling)
}

async function writeInBursts(): Promise<void> {
  const random = seededRandom(plan.seed)
  for (let index = 0; !stopping.signal.aborted && index < (plan.events ?? Infinity);) {
    const burst = between(random, 1, BURST_EVENTS)
    await Promise.all(Array.from({ length: burst }, () => record(index++)))
    if (random() < 0.3) await delay(between(random, 1, 8))
  }
}

async function writeSteadily(eventsPerSecond: number): Promise<void> {
  const started = performance.now()
  const calls = { submitted: 0, answered: 0 }
  while (!stopping.signal.aborted) {
    const due = ((performance.now() - started) / 1_000) * eventsPerSecond
    while (calls.submitted < due) void record(calls.submitted++).then(() => calls.answered++)
    await delay(TICK_MS)
  }
  while (calls.answered < calls.submitted) await delay(TICK_MS)
}

async function record(index: number): Promise<void> {
  const [offeredAt, from] = [Date.now(), performance.now()]
  const answer = await audit.record('thing:done', payloadOf(plan.run, index)).catch((error: unknown) => ({
    held: AuditError.isInstance(error) ? error.code : String(error),
    id: undefined,
  }))
  const { held, id } = answer
  say({ kind: 'outcome', index, held, ...(id !== undefined && { id }), offeredAt, ms: performance.now() - from } as Outcome)
}

function measure(): void {
  globalThis.gc?.()
  before = process.memoryUsage()
  loopDelay.reset()
  loopDelay.enable()
}

function finishMeasuring(): void {
  if (!before) return
  loopDelay.disable()
  const { rss } = process.memoryUsage()
  globalThis.gc?.()
  const after = process.memoryUsage()
  measurements.push({
    loopP99: loopDelay.percentile(99) / 1e6,
    loopMax: loopDelay.max / 1e6,
    rssGrowthBytes: rss - before.rss,
    heldGrowthBytes: after.heapUsed + after.external - before.heapUsed - before.external,
  })
}

function sample(): void {
  const stats = audit.stats()
  maxWaiting = Math.max(maxWaiting, stats.waiting)
  if (stats.submitted === stats.rejected + stats.lost + stats.recorded + stats.waiting) return
  say({ kind: 'unbalanced', stats: JSON.stringify({ ...stats, sinks: undefined }) })
}

/** Everything of one turn of the event loop goes out at once. */
function say(message: SubjectMessage): void {
  if (unsaid === '') {
    setImmediate(() => {
      const text = unsaid
      unsaid = ''
      process.stdout.write(text)
    })
  }
  unsaid += `${JSON.stringify(message)}\n`
}
