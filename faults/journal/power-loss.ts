// F2: the power fails, on ext4 and on XFS.
//
// Each lane is a file system on a loop device. Again and again a writer begins, the device is shut down at a random moment, the
// writer is killed, and the file system is mounted again: it has everything that was synced, and any part of the rest. What the writer
// reports and delivers after the shutdown was requested does not count. One sink accepts nothing until
// the end, so that all its events come from the disk.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { between, seededRandom, type Random } from '../../packages/core/src/testing/adapter/seeded-random.ts'
import { Account, type Findings } from '../harness/subject/account.ts'
import { readCommandLine } from '../harness/command-line.ts'
import { deliverAll } from '../harness/subject/deliver-all.ts'
import { inOwnMounts } from '../harness/own-mounts.ts'
import { runHarness } from '../harness/run-harness.ts'
import { defaultPlan, sinkNames, type SubjectPlan } from '../harness/subject/subject-plan.ts'
import { SubjectProcess } from '../harness/subject/subject-process.ts'
import { progress } from '../harness/verdict.ts'
import { DiskImage, type DiskKind } from './disk-image.ts'
import { powerLoss } from './power-loss.row.ts'

const USAGE = `node faults/journal/power-loss.ts [--ext4 300] [--xfs 100] [--seed N] [--control no-sync]`
const LANES: readonly DiskKind[] = ['ext4', 'ext4', 'ext4', 'xfs']
const LONGEST_MS = 400
/** Share of the failures that do not wait for the writer to be ready: the power fails while it opens its journal. */
const EARLY_SHARE = 0.2
/** Number of failures after which a lane begins again, in a directory that does not exist yet. */
const STORY_CYCLES = 10
const REPORT_EVERY = 25

await inOwnMounts()
const { numbers, seed, journal, control } = readCommandLine(USAGE, { ext4: 300, xfs: 100 }, ['no-sync'])
const failures = { ext4: 0, xfs: 0 }

await runHarness(powerLoss, { seed, control }, async (root) => {
  const findings = (await Promise.all(LANES.map((kind, lane) => runLane(kind, lane, root)))).flat()
  const sum = (of: 'acknowledged' | 'delivered') => findings.reduce((total, story) => total + story[of], 0)
  const torn = findings.reduce((total, { recovered }) => total + (recovered.get('torn') ?? 0), 0)
  return {
    observed:
      `${failures.ext4} power failures on ext4, ${failures.xfs} on XFS, in ${findings.length} directories: ` +
      `${sum('acknowledged')} acknowledged, ${sum('delivered')} delivered to each sink, ${torn} torn ends`,
    violations: findings.flatMap((story) => story.violations),
  }
})

async function runLane(kind: DiskKind, lane: number, root: string): Promise<readonly Findings[]> {
  const disk = await DiskImage.create(kind, join(root, `disk-${lane}`))
  const random = seededRandom(seed * 31 + lane)
  const alike = LANES.filter((other) => other === kind).length
  const before = LANES.slice(0, lane).filter((other) => other === kind).length
  const findings: Findings[] = []
  await disk.mount()
  for (let left = Math.ceil((numbers[kind] - before) / alike); left > 0; left -= STORY_CYCLES) {
    const name = `${kind} ${lane}.${findings.length}`
    const deliveries = join(root, `deliveries-${lane}.${findings.length}`)
    findings.push(await live({ name, kind, disk, deliveries, random, cycles: Math.min(left, STORY_CYCLES) }))
  }
  await disk.unmount()
  return findings
}

interface Story {
  readonly name: string
  readonly kind: DiskKind
  readonly disk: DiskImage
  readonly deliveries: string
  readonly random: Random
  readonly cycles: number
}

/** From the creation of a journal's directory to the delivery of all its events. */
async function live({ name, kind, disk, deliveries, random, cycles }: Story): Promise<Findings> {
  mkdirSync(deliveries)
  const account = new Account()
  const violations: string[] = []
  const lostPowerAt = new Map<number, number>()
  let run = 0
  const planOf = (): SubjectPlan => ({
    ...defaultPlan,
    journal,
    directory: join(disk.directory, name.replaceAll(' ', '-'), 'journal'),
    deliveries,
    run: ++run,
    seed: between(random, 1, 1e9),
    hasHeldSink: true,
  })

  const cycle = async (): Promise<void> => {
    const plan = planOf()
    const isEarly = random() < EARLY_SHARE
    const subject = new SubjectProcess(plan, (outcome) => lostPowerAt.has(plan.run) || account.add(plan.run, outcome))
    const isReady = isEarly || (await subject.ready)
    await delay(between(random, 0, LONGEST_MS))
    lostPowerAt.set(plan.run, Date.now())
    await disk.losePower()
    subject.kill()
    const { errors } = await subject.ended
    if (!isReady) violations.push(`${name}, process ${plan.run}: failed start: ${subject.notReady ?? errors}`)
    await disk.unmount()
    await disk.mount()
    if (++failures[kind] % REPORT_EVERY === 0) progress(`${failures[kind]} power failures on ${kind}`)
  }

  for (let done = 0; done < cycles; done++) await cycle()
  const { code, signal, errors } = await deliverAll(planOf(), account)
  if (code !== 0) violations.push(`${name}: the last delivery ended with ${signal ?? code}: ${errors}`)
  // The offset of a sink is not synced at once, so a power failure may repeat more than a batch.
  const findings = account.check({ directory: deliveries, sinks: sinkNames(true), mayRepeat: Infinity, lostPowerAt })
  return { ...findings, violations: [...violations, ...findings.violations] }
}
