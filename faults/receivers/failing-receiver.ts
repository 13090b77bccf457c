// F11. A receiver that fails every other time and asks for absurd waits; and one that ends connections at
// random.
//
//   node faults/receivers/failing-receiver.ts [--quick] [--seed N] [--only flaky] [--control deaf | deaf-to-waits]
import { setImmediate as turn } from 'node:timers/promises'
import { manualClock } from '../../packages/core/dist/testing/index.js'
import { oneOf } from '../../packages/core/src/testing/adapter/seeded-random.ts'
import { runFaultRow, tryCases, type FaultRun } from '../harness/fault-row.ts'
import { atPace } from '../harness/pace.ts'
import { absurdWaits, type Exchange } from './behaviours.ts'
import { steppedClock } from './stepped-clock.ts'
import { WebhookTrial } from './webhook-trial.ts'
import { failingReceiver } from './failing-receiver.row.ts'

const MEAN_TRIES = 2.2
const BATCH = 10
const DAY_MS = 86_400_000
const MAX_DELAY_MS = 60_000
/** The wait that each value of Retry-After asks for. Other values ask for none. */
const waits: Readonly<Record<string, number>> = {
  '1000000000': DAY_MS,
  'Fri, 31 Dec 9999 23:59:59 GMT': DAY_MS,
  'Thu, 01 Jan 1970 00:00:00 GMT': 1_000,
  '120': 120_000,
}
const FAILURES = [500, 502, 503, 504, 408, 425, 429, 429, 503]

const cases: Readonly<Record<string, (run: FaultRun) => Promise<string>>> = { flaky, closing }

await runFaultRow({
  row: failingReceiver,
  parts: Object.keys(cases),
  run: (run) => tryCases(run, cases),
})

/** Time is moved by hand from one try to the next, so that a day takes no time. */
async function flaky(run: FaultRun): Promise<string> {
  const batches = run.isQuick ? 1_000 : 5_000
  const clock = steppedClock(manualClock({ random: run.random }))
  let failed: { readonly id: string; readonly at: number; readonly wait: string | undefined } | undefined
  let tried = ''
  let honoured = 0
  const onTry = (id: string) => {
    if (failed?.id === id) honoured += checkWait(run, clock.monotonic() - failed.at, failed.wait)
    tried = id
    failed = undefined
  }
  const trial = await WebhookTrial.start(run, { clock, retry: {}, events: BATCH, onTry })
  trial.receiver.reaction = (exchange: Exchange) => {
    if (exchange.random() >= 0.5) return void (exchange.store(), exchange.answer(204))
    const status = oneOf(exchange.random, FAILURES)
    const wait = status === 429 || status === 503 ? oneOf(exchange.random, absurdWaits) : undefined
    failed = { id: tried, at: clock.monotonic(), wait }
    exchange.answer(status, wait === undefined ? {} : { 'retry-after': wait })
  }
  for (let batch = 0; batch < batches; batch += 100) {
    await trial.record(100 * BATCH)
    // This clock stops during a write, so that the deadline does not end it.
    while (trial.pending > 0) {
      if (trial.isWriting) await turn()
      else await clock.step()
    }
  }
  const { deliveries, requests, mostTries } = await trial.conclude(run, 'flaky')
  const mean = trial.tries / deliveries
  run.expect(mean <= MEAN_TRIES && requests / deliveries <= MEAN_TRIES, `flaky: ${mean.toFixed(2)} tries a batch`)
  run.expect(deliveries >= batches, `flaky: ${deliveries} of ${batches} batches`)
  return `${deliveries} batches with ${trial.acknowledged.size} events delivered in order, ${mean.toFixed(2)} tries a batch, at most ${mostTries}, ${honoured} Retry-After honoured, in ${Math.round(clock.monotonic() / DAY_MS)} days by its clock`
}

/** Returns 1 if a wait was requested and honoured. */
function checkWait(run: FaultRun, waited: number, wait: string | undefined): number {
  const expected = wait === undefined ? undefined : waits[wait]
  if (expected === undefined) run.expect(waited <= MAX_DELAY_MS, `'${wait}': tried again after ${waited} ms`)
  else run.expect(waited === expected, `'${wait}': tried again after ${waited} ms`)
  return waited === expected ? 1 : 0
}

async function closing(run: FaultRun): Promise<string> {
  const batches = run.isQuick ? 500 : 3_000
  const trial = await WebhookTrial.start(run, { retry: { minDelayMs: 5, maxDelayMs: 50 }, events: BATCH })
  trial.receiver.behaviour = 'closing'
  await trial.record(batches * BATCH)
  await trial.audit.flush({ timeoutMs: atPace(120_000) })
  const { deliveries, requests, mostOpen, connections } = await trial.conclude(run, 'closing')
  const mean = trial.tries / deliveries
  run.expect(mean <= MEAN_TRIES, `closing: ${mean.toFixed(2)} tries a batch`)
  return `${deliveries} batches delivered in order over ${connections} connections, at most ${mostOpen} at one time, ${mean.toFixed(2)} tries a batch and ${(requests / deliveries).toFixed(2)} requests`
}
