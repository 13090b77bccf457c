// F9: every sync takes 500 ms longer, and events are faster than the disk.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Account } from '../harness/subject/account.ts'
import { readCommandLine } from '../harness/command-line.ts'
import { deliverAll } from '../harness/subject/deliver-all.ts'
import { atPace, isMeasured } from '../harness/pace.ts'
import { waitUntil } from '../harness/wait-until.ts'
import { runHarness } from '../harness/run-harness.ts'
import { defaultPlan, sinkNames, type SubjectPlan } from '../harness/subject/subject-plan.ts'
import { SubjectProcess } from '../harness/subject/subject-process.ts'
import { buildSickDisk, SickDisk, type SeenCall } from './sick-disk.ts'
import { slowDisk } from './slow-disk.row.ts'

const USAGE = `node faults/journal/slow-disk.ts [--seconds 20] [--milliseconds 500] [--seed N] [--control blocking]`
const EVENTS_PER_SECOND = 4_000
const GOOD_MS = 3_000
const MAX_LOOP_DELAY_MS = 20
/** On a busy machine, the process may take long until it has made these. */
const MIN_SYNCS = 3
const SYNCS_TIMEOUT_MS = 30_000
/** The memory of 10,000 queued events in V8. */
const MAX_GROWTH_BYTES = 48 << 20

const { numbers, seed, journal, control } = readCommandLine(USAGE, { seconds: 20, milliseconds: 500 }, ['blocking'])

await runHarness(slowDisk, { seed, control }, async (root) => {
  const deliveries = join(root, 'deliveries')
  mkdirSync(deliveries)
  const directory = join(root, 'journal')
  const plan: SubjectPlan = { ...defaultPlan, journal, directory, deliveries, run: 1, seed, segmentBytes: 1 << 20 }
  const disk = new SickDisk(buildSickDisk(root), directory, join(root, 'disk'), { isLogged: true })
  const account = new Account()
  const violations: string[] = []
  const writing = { ...plan, eventsPerSecond: EVENTS_PER_SECOND }
  const subject = new SubjectProcess(writing, (outcome) => account.add(plan.run, outcome), disk.environment)
  await subject.ready
  subject.measure()
  await delay(GOOD_MS)
  subject.measured()
  subject.measure()
  disk.fallIll({ call: 'sync', action: `delay:${numbers.milliseconds}` })
  await delay(numbers.seconds * 1_000)
  const hasSynced = await waitUntil(() => slowSyncs(disk).length >= MIN_SYNCS, atPace(SYNCS_TIMEOUT_MS))
  if (hasSynced === undefined) violations.push(`the process made only ${slowSyncs(disk).length} slow syncs`)
  subject.measured()
  disk.heal()
  subject.stop()
  const { code, signal, errors } = await subject.ended
  if (code !== 0) violations.push(`the process ended with ${signal ?? code}: ${errors}`)
  for (const stats of subject.unbalanced) violations.push(`the counters do not balance: ${stats}`)
  const drained = await deliverAll({ ...plan, run: 2 }, account)
  if (drained.code !== 0) violations.push(`the last delivery ended with ${drained.signal ?? drained.code}: ${drained.errors}`)
  const findings = account.check({ directory: deliveries, sinks: sinkNames(false) })
  violations.push(...findings.violations)

  const { maxWaiting = NaN, submitted = NaN, lost = NaN, measurements = [] } = subject.summary ?? {}
  const [good, slow] = measurements
  const { loopP99 = NaN, rssGrowthBytes = NaN, heldGrowthBytes = NaN } = slow ?? {}
  const heldLoop = slowSyncs(disk).filter(({ isOnMainThread }) => isOnMainThread).length
  if (heldLoop > 0) violations.push(`the event loop was held by ${heldLoop} of the slow syncs`)
  // On a busy machine the percentile shows how busy it is.
  if (isMeasured && !(loopP99 <= MAX_LOOP_DELAY_MS)) violations.push(`the event loop was ${loopP99.toFixed(1)} ms late`)
  if (!(heldGrowthBytes <= MAX_GROWTH_BYTES)) violations.push(`the process holds ${heldGrowthBytes} bytes more`)
  if (!(maxWaiting <= plan.queueEvents)) violations.push(`${maxWaiting} events waited, and ${plan.queueEvents} may`)
  if (findings.reportedLost !== lost) violations.push(`${lost} events are lost, and audit:lost says ${findings.reportedLost}`)
  return {
    observed:
      `${submitted} events in ${numbers.seconds} s at +${numbers.milliseconds} ms a sync: event loop p99 ${loopP99.toFixed(1)} ms ` +
      `(${good?.loopP99.toFixed(1)} ms on a good disk), ` +
      `at most ${maxWaiting} of ${plan.queueEvents} waiting, ${mebibytes(heldGrowthBytes)} MiB more held (RSS +${mebibytes(rssGrowthBytes)}), ` +
      `${findings.acknowledged} acknowledged and delivered, ${lost} lost, all of them recorded`,
    violations,
  }
})

function slowSyncs(disk: SickDisk): readonly SeenCall[] {
  return disk.calls.filter(({ action }) => action !== undefined)
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20)
}
