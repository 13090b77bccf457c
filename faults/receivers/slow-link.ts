// F11b. A link of 256 kbit/s that drops what does not fit, and is down now and then.
//
//   node faults/receivers/slow-link.ts [--quick] [--seed N] [--control patient]
import { execFileSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { runFaultRow } from '../harness/fault-row.ts'
import { inOwnMounts } from '../harness/own-mounts.ts'
import { atPace, isMeasured } from '../harness/pace.ts'
import { waitUntil } from '../harness/wait-until.ts'
import { WebhookTrial } from './webhook-trial.ts'
import { slowLink } from './slow-link.row.ts'

/** The 15 s that a try may take, and the delay of a busy machine. */
const TRY_MS = isMeasured ? 15_000 : 19_000
const MEAN_TRIES = 2.2
const BATCH = 50
/** Longer than a try may take, so that it ends at least one. */
const DOWN_MS = 20_000

// Its own network.
await inOwnMounts('--net')

await runFaultRow({
  row: slowLink,
  async run(run) {
    const [batches, downs] = run.isQuick ? [12, 1] : [100, 3]
    execFileSync('ip', ['link', 'set', 'lo', 'mtu', '1500', 'up'])
    execFileSync('tc', ['qdisc', 'add', 'dev', 'lo', 'root', 'tbf', 'rate', '256kbit', 'burst', '4000', 'limit', '8000'])
    const trial = await WebhookTrial.start(run, { retry: { minDelayMs: 100, maxDelayMs: 2_000 }, events: BATCH })
    // The system sends data of an ended try when the link is back.
    trial.receiver.ledger.maxAgeMs = TRY_MS + 2 * DOWN_MS
    await trial.record(batches * BATCH)
    for (let down = 1; down <= downs; down++) {
      const share = (batches * BATCH * down) / (downs + 1)
      run.expect(
        (await waitUntil(() => trial.receiver.ledger.storedEvents >= share, atPace(120_000))) !== undefined,
        `${Math.round(share)} events were not delivered in time`,
      )
      // In the middle of a request, as far as possible.
      await waitUntil(() => trial.isWriting, atPace(5_000))
      execFileSync('ip', ['link', 'set', 'lo', 'down'])
      await sleep(DOWN_MS)
      execFileSync('ip', ['link', 'set', 'lo', 'up'])
      run.progress(`${trial.receiver.ledger.storedEvents} events stored, the link was down`)
    }
    await trial.audit.flush({ timeoutMs: atPace(300_000) })
    const dropped = Number(
      /dropped (\d+)/.exec(execFileSync('tc', ['-s', 'qdisc', 'show', 'dev', 'lo'], { encoding: 'utf8' }))?.[1],
    )
    const { tries, slowestMs } = trial
    const { deliveries } = await trial.conclude(run, 'slow')
    const mean = tries / deliveries
    run.expect(dropped > 0, 'the link dropped nothing')
    run.expect(mean <= MEAN_TRIES, `${mean.toFixed(2)} tries a batch`)
    run.expect(slowestMs <= TRY_MS, `a try took ${Math.round(slowestMs)} ms`)
    return `${deliveries} batches with ${trial.acknowledged.size} events delivered in order, ${dropped} packets dropped, ${downs} times down for ${DOWN_MS / 1_000} s, ${mean.toFixed(2)} tries a batch, the slowest took ${(slowestMs / 1_000).toFixed(1)} s`
  },
})
