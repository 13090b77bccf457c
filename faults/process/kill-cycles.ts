// F1: kill -9 at random times, two sinks.
//
// Each lane is a directory. A writer is killed at a random moment, from its first instruction on, and the next one continues in the
// same directory; in every other lane two writers share it, each with its own log, and adopt the other's logs. At the end
// one process delivers everything, and the events in the sinks are compared with the acknowledged ones.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { between, seededRandom, type Random } from '../../packages/core/src/testing/adapter/seeded-random.ts'
import { Account, type Findings } from '../harness/subject/account.ts'
import { readCommandLine } from '../harness/command-line.ts'
import { atPace } from '../harness/pace.ts'
import { runHarness } from '../harness/run-harness.ts'
import { deliverAll } from '../harness/subject/deliver-all.ts'
import { defaultPlan, sinkNames, type SubjectPlan } from '../harness/subject/subject-plan.ts'
import { SubjectProcess } from '../harness/subject/subject-process.ts'
import { progress } from '../harness/verdict.ts'
import { killCycles } from './kill-cycles.row.ts'

const USAGE = `node faults/process/kill-cycles.ts [--cycles 1000] [--lanes 4] [--seed N] [--control memory | write-behind | no-offsets]`
/** A start takes some 150 ms: one in four is killed earlier. */
const EARLY_SHARE = 0.25
const EARLY_MS = 250
const LATE_MS = 350
const START_LIMIT_MS = atPace(30_000)
const REPORT_EVERY = 50

interface LaneFindings extends Findings {
  readonly slowestStart: number
}

const { numbers, seed, journal, control } = readCommandLine(USAGE, { cycles: 1_000, lanes: 4 }, [
  'memory',
  'write-behind',
  'no-offsets',
])
const { cycles, lanes } = numbers
let killed = 0

await runHarness(killCycles, { seed, control }, async (root) => {
  const findings = await Promise.all(Array.from({ length: lanes }, (_, lane) => runLane(lane, root)))
  const sum = (of: 'acknowledged' | 'delivered' | 'duplicates') => findings.reduce((total, lane) => total + lane[of], 0)
  const mostRepeated = Math.max(...findings.map((lane) => lane.mostRepeated))
  const torn = findings.reduce((total, { recovered }) => total + (recovered.get('torn') ?? 0), 0)
  return {
    observed:
      `${killed} kills: ${sum('acknowledged')} acknowledged, ${sum('delivered')} delivered to each sink, ` +
      `${sum('duplicates')} duplicates, at most ${mostRepeated} of one source at once, ` +
      `${torn} torn ends, slowest start ${Math.max(...findings.map((lane) => lane.slowestStart))} ms`,
    violations: findings.flatMap((lane) => lane.violations),
  }
})

async function runLane(lane: number, root: string): Promise<LaneFindings> {
  const account = new Account()
  const random = seededRandom(seed * 31 + lane)
  const directory = join(root, `journal-${lane}`)
  const deliveries = join(root, `deliveries-${lane}`)
  mkdirSync(deliveries)
  const violations: string[] = []
  const starts: number[] = []
  let run = lane * 1_000_000
  const planOf = (task: SubjectPlan['task']): SubjectPlan => ({
    ...defaultPlan,
    task,
    journal,
    directory,
    deliveries,
    run: ++run,
    seed: between(random, 1, 1e9),
  })
  const failed = (number: number, what: string) => violations.push(`lane ${lane}, process ${number}: ${what}`)

  const cycle = async (ofThis: Random): Promise<void> => {
    const plan = planOf('write')
    const from = performance.now()
    const subject = new SubjectProcess(plan, (outcome) => account.add(plan.run, outcome))
    const isEarly = ofThis() < EARLY_SHARE
    const inTime = await Promise.race([isEarly ? 'early' : subject.ready, delay(START_LIMIT_MS, 'late', { ref: false })])
    if (inTime === true) starts.push(Math.round(performance.now() - from))
    if (inTime === 'late') failed(plan.run, `not ready after ${START_LIMIT_MS} ms`)
    await delay(between(ofThis, 0, isEarly ? EARLY_MS : LATE_MS))
    subject.kill()
    const { signal, code, errors } = await subject.ended
    if (signal !== 'SIGKILL') failed(plan.run, `ended by itself with ${code}: ${errors}`)
    if (subject.notReady !== undefined) failed(plan.run, `failed start: ${subject.notReady}`)
    if (++killed % REPORT_EVERY === 0) progress(`${killed} kills, ${account.acknowledged} acknowledged in lane ${lane}`)
  }
  const inTurn = async (count: number, ofThis: Random): Promise<void> => {
    for (let done = 0; done < count; done++) await cycle(ofThis)
  }

  const share = Math.ceil((cycles - lane) / lanes)
  const half = lane % 2 === 1 ? Math.floor(share / 2) : 0
  await Promise.all([inTurn(share - half, random), inTurn(half, seededRandom(seed * 31 + lane + lanes))])

  const plan = planOf('drain')
  const { code, signal, errors } = await deliverAll(plan, account)
  if (code !== 0) failed(plan.run, `the last delivery ended with ${signal ?? code}: ${errors}`)
  const findings = account.check({ directory: deliveries, sinks: sinkNames(false) })
  return { ...findings, violations: [...violations, ...findings.violations], slowestStart: Math.max(0, ...starts) }
}
