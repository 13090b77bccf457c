// F13. A receiver that stores each request, and then does not answer, or answers twice.
//
//   node faults/receivers/unsure-receiver.ts [--quick] [--seed N] [--control new-ids | old-time]
import { oneOf } from '../../packages/core/src/testing/adapter/seeded-random.ts'
import { runFaultRow } from '../harness/fault-row.ts'
import { atPace } from '../harness/pace.ts'
import { behaviours, type BehaviourName } from './behaviours.ts'
import { WebhookTrial } from './webhook-trial.ts'
import { unsureReceiver } from './unsure-receiver.row.ts'

const BATCH = 10
/** All of these behaviours store the request. */
const UNSURE: readonly BehaviourName[] = ['store-and-reset', 'store-and-half', 'twice', 'long-body', 'short-body', 'well', 'well']

await runFaultRow({
  row: unsureReceiver,
  async run(run) {
    const batches = run.isQuick ? 500 : 3_000
    const resetMs = run.isQuick ? 12_000 : 30_000
    const trial = await WebhookTrial.start(run, { retry: { minDelayMs: 5, maxDelayMs: 1_500 }, events: BATCH })
    const { receiver } = trial
    // At first it never answers, so that there are tries with seconds between them.
    const sureAt = performance.now() + resetMs
    receiver.reaction = (exchange) => {
      const isSure = performance.now() > sureAt
      behaviours[isSure ? oneOf(exchange.random, UNSURE) : 'store-and-reset'].react(exchange)
    }
    await trial.record(batches * BATCH)
    await trial.audit.flush({ timeoutMs: resetMs + atPace(120_000) })
    const { deliveries, requests, repeated, mostTries, duplicates, underTwoIds } = await trial.conclude(run, 'unsure')
    run.expect(underTwoIds === 0, `${underTwoIds} events had two ids`)
    run.expect(repeated > batches / 10 && mostTries > 4, `only ${repeated} batches came more than once`)
    return `${deliveries} batches with ${trial.acknowledged.size} events, ${repeated} of them sent again, one ${mostTries} times within ${resetMs / 1_000} s; ${requests} requests, ${duplicates} events stored again under the same id and ${underTwoIds} under another, each try with its own time and signature`
  },
})
