// F2: the power fails, on ext4 and on XFS.
//
// Each lane is a file system on a loop device. Again and again a writer is ready, the device is shut down at a random moment, the
// writer is killed, and the file system is mounted anew: it has what was synced, and of the rest what it pleases. What the writer
// says and delivers from the moment the shutdown is asked for does not count: it would be dead by then. One sink takes nothing until
// the end, so that all it is given comes from the disk.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Account, type Findings } from './account.ts'
import { readCommandLine } from './command-line.ts'
import { deliverAll } from './deliver-all.ts'
import { DiskImage, type DiskKind } from './disk-image.ts'
import { inOwnMounts } from './own-mounts.ts'
import { runHarness } from './run-harness.ts'
import { between, seededRandom } from './seeded-random.ts'
import { defaultPlan, sinkNames, type SubjectPlan } from './subject-plan.ts'
import { SubjectProcess } from './subject-process.ts'
import { progress } from './verdict.ts'

const USAGE = `node faults/power-loss.ts [--ext4 300] [--xfs 100] [--seed N] [--control no-sync]`
const LANES: readonly DiskKind[] = ['ext4', 'ext4', 'ext4', 'xfs']
const LONGEST_MS = 400
const REPORT_EVERY = 25

await inOwnMounts()
const { numbers, seed, journal, control } = readCommandLine(USAGE, { ext4: 300, xfs: 100 }, ['no-sync'])
const failures = { ext4: 0, xfs: 0 }

await runHarness('F2', { seed, control }, async (root) => {
  const findings = await Promise.all(LANES.map((kind, lane) => runLane(kind, lane, root)))
  const sum = (of: 'acknowledged' | 'delivered') => findings.reduce((total, lane) => total + lane[of], 0)
  const torn = findings.reduce((total, { recovered }) => total + (recovered.get('torn') ?? 0), 0)
  return {
    observed:
      `${failures.ext4} power failures on ext4, ${failures.xfs} on XFS: ${sum('acknowledged')} acknowledged, ` +
      `${sum('delivered')} delivered to each sink, ${torn} torn ends`,
    violations: findings.flatMap((lane) => lane.violations),
  }
})

async function runLane(kind: DiskKind, lane: number, root: string): Promise<Findings> {
  const account = new Account()
  const random = seededRandom(seed * 31 + lane)
  const deliveries = join(root, `deliveries-${lane}`)
  mkdirSync(deliveries)
  const disk = await DiskImage.create(kind, join(root, `disk-${lane}`))
  const violations: string[] = []
  const lostPowerAt = new Map<number, number>()
  let run = lane * 1_000_000
  const planOf = (): SubjectPlan => ({
    ...defaultPlan,
    journal,
    directory: join(disk.directory, 'journal'),
    deliveries,
    run: ++run,
    seed: between(random, 1, 1e9),
    hasHeldSink: true,
  })

  const cycle = async (): Promise<void> => {
    const plan = planOf()
    const subject = new SubjectProcess(plan, (outcome) => lostPowerAt.has(plan.run) || account.add(plan.run, outcome))
    const isReady = await subject.ready
    await delay(between(random, 0, LONGEST_MS))
    lostPowerAt.set(plan.run, Date.now())
    await disk.losePower()
    subject.kill()
    const { errors } = await subject.ended
    if (!isReady) violations.push(`lane ${lane}, process ${plan.run}: failed start: ${subject.notReady ?? errors}`)
    await disk.unmount()
    await disk.mount()
    if (++failures[kind] % REPORT_EVERY === 0) progress(`${failures[kind]} power failures on ${kind}`)
  }

  await disk.mount()
  const others = LANES.slice(0, lane).filter((other) => other === kind).length
  const share = Math.ceil((numbers[kind] - others) / LANES.filter((other) => other === kind).length)
  for (let done = 0; done < share; done++) await cycle()
  const { code, signal, errors } = await deliverAll(planOf(), account)
  if (code !== 0) violations.push(`lane ${lane}: the last delivery ended with ${signal ?? code}: ${errors}`)
  await disk.unmount()
  // How far a sink was is not synced at once, so a power failure may repeat more than a batch.
  const findings = account.check({ directory: deliveries, sinks: sinkNames(true), mayRepeat: Infinity, lostPowerAt })
  return { ...findings, violations: [...violations, ...findings.violations] }
}
