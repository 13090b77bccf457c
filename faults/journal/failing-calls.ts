// F5: each system call that the journal makes fails once, with each error.
//
// A template is a directory that a killed writer left behind. For each case a copy of it is opened, written to over several
// segments, delivered and closed, all by one process for which the nth call of a kind fails. It must live, and end in order. Then
// another process delivers what is left, and the events in the sinks are compared with the acknowledged ones. A sync that fails drops what
// it should have made durable, and one sink accepts nothing until the end, so that all its events come from the disk.
import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { between, seededRandom, type Random } from '../../packages/core/src/testing/adapter/seeded-random.ts'
import { Account } from '../harness/subject/account.ts'
import { readCommandLine } from '../harness/command-line.ts'
import { deliverAll } from '../harness/subject/deliver-all.ts'
import { inLanes } from '../harness/lanes.ts'
import { atPace } from '../harness/pace.ts'
import { runHarness } from '../harness/run-harness.ts'
import { defaultPlan, sinkNames, type Outcome, type SubjectPlan } from '../harness/subject/subject-plan.ts'
import { SubjectProcess } from '../harness/subject/subject-process.ts'
import { progress } from '../harness/verdict.ts'
import { buildSickDisk, SickDisk } from './sick-disk.ts'
import { failingCalls } from './failing-calls.row.ts'

const USAGE = `node faults/journal/failing-calls.ts [--positions 12] [--errors 5] [--lanes 4] [--seed N] [--control deaf | same-descriptor]`
const ALL_ERRORS = ['EIO', 'ENOSPC', 'EMFILE', 'EACCES', 'EINTR']
const ALL_CALLS = [
  'open',
  'read',
  'write',
  'fdatasync',
  'fsync',
  'rename',
  'unlink',
  'mkdir',
  'readdir',
  'stat',
  'statfs',
  'lock',
  'close',
]
const EVENTS = 250
const TEMPLATE = 'template'
const TEMPLATE_MS = 400
/** Two runs do not make exactly the same number of calls. */
const MIN_HIT_SHARE = 0.9
const END_LIMIT_MS = atPace(60_000)
const REPORT_EVERY = 25

interface Case {
  readonly call: string
  readonly action: string
  readonly from: number
}

const { numbers, seed, journal, control } = readCommandLine(USAGE, { positions: 12, errors: 5, lanes: 4 }, [
  'deaf',
  'same-descriptor',
])
const ERRORS = ALL_ERRORS.slice(0, numbers.errors)
/** The control ignores the errors of these two calls. */
const CALLS = control === undefined ? ALL_CALLS : ['write', 'fdatasync']
const violations: string[] = []
const totals = { cases: 0, hit: 0, acknowledged: 0, refused: 0 }

await runHarness(failingCalls, { seed, control }, async (root) => {
  const library = buildSickDisk(root)
  const templateOutcomes = await makeTemplate(root)
  const counts = await countCalls(root, library)
  for (const call of CALLS) if (!counts.has(call)) violations.push(`'${call}' is never called: it cannot fail`)
  const cases = chooseCases(counts, seededRandom(seed))
  await inLanes(cases, numbers.lanes, (one, index) => tryOut(one, join(root, `case-${index}`), library, templateOutcomes))
  if (totals.hit < totals.cases * MIN_HIT_SHARE)
    violations.push(`only ${totals.hit} of ${totals.cases} calls could be made to fail`)
  return {
    observed:
      `${totals.hit} of ${totals.cases} calls failed (${CALLS.join(', ')}; ${ERRORS.join(', ')}, short writes): ` +
      `${totals.acknowledged} events acknowledged and delivered, ${totals.refused} not acknowledged`,
    violations,
  }
})

function planOf(folder: string, run: number): SubjectPlan {
  return {
    ...defaultPlan,
    journal,
    directory: join(folder, 'journal'),
    deliveries: join(folder, 'deliveries'),
    run,
    seed: seed + run,
    segmentBytes: 16 << 10,
    hasHeldSink: true,
  }
}

async function makeTemplate(root: string): Promise<readonly Outcome[]> {
  const plan = { ...planOf(join(root, TEMPLATE), 1), journal: 'file' as const }
  mkdirSync(plan.deliveries, { recursive: true })
  const outcomes: Outcome[] = []
  const subject = new SubjectProcess(plan, (outcome) => outcomes.push(outcome))
  await subject.ready
  await delay(TEMPLATE_MS)
  subject.kill()
  await subject.ended
  return outcomes
}

async function countCalls(root: string, library: string): Promise<ReadonlyMap<string, number>> {
  const folder = join(root, 'count')
  const plan = copyTemplate(folder, 2)
  const disk = new SickDisk(library, plan.directory, join(folder, 'disk'), { isLogged: true, isOrdered: true })
  const { code, errors } = await new SubjectProcess({ ...plan, events: EVENTS }, () => undefined, disk.environment).ended
  if (code !== 0) throw new Error(`Without a fault it ended with ${code}: ${errors}`)
  const counts = new Map<string, number>()
  for (const { call } of disk.calls) counts.set(call, (counts.get(call) ?? 0) + 1)
  return counts
}

/** The first of each call, while the journal opens, and then a selection of the others. */
function chooseCases(counts: ReadonlyMap<string, number>, random: Random): readonly Case[] {
  return CALLS.flatMap((call) => {
    const all = Array.from({ length: counts.get(call) ?? 0 }, (_, index) => index + 1)
    const positions = all.splice(0, Math.ceil(numbers.positions / 2))
    while (positions.length < numbers.positions && all.length > 0)
      positions.push(...all.splice(between(random, 0, all.length), 1))
    const actions = call === 'write' ? [...ERRORS, 'short'] : ERRORS
    return positions.flatMap((from) => actions.map((action) => ({ call, action, from })))
  })
}

async function tryOut(
  { call, action, from }: Case,
  folder: string,
  library: string,
  template: readonly Outcome[],
): Promise<void> {
  const plan = copyTemplate(folder, 2)
  const account = new Account()
  for (const outcome of template) account.add(1, outcome)
  const disk = new SickDisk(library, plan.directory, join(folder, 'disk'), { isLogged: true, isOrdered: true })
  disk.fallIll({ call, action, from, count: 1 })
  let refused = 0
  const onOutcome = (outcome: Outcome) => {
    account.add(plan.run, outcome)
    if (outcome.held !== 'journal') refused++
  }
  const failed = (what: string) => violations.push(`${call} ${from} ${action}: ${what}`)

  const subject = new SubjectProcess({ ...plan, events: EVENTS }, onOutcome, disk.environment)
  const timer = setTimeout(() => subject.kill(), END_LIMIT_MS)
  const ending = await subject.ended
  clearTimeout(timer)
  if (ending.code !== 0) failed(`the process ended with ${ending.signal ?? ending.code}: ${ending.errors}`)
  for (const stats of subject.unbalanced) failed(`the counters do not balance: ${stats}`)
  const hit = disk.calls.some((seen) => seen.action !== undefined)
  const drained = await deliverAll({ ...plan, run: 3 }, account)
  if (drained.code !== 0) failed(`the start after it ended with ${drained.signal ?? drained.code}: ${drained.errors}`)
  const findings = account.check({ directory: plan.deliveries, sinks: sinkNames(true) })
  for (const violation of findings.violations) failed(violation)

  totals.cases++
  if (hit) totals.hit++
  totals.acknowledged += findings.acknowledged
  totals.refused += refused
  if (findings.violations.length === 0) rmSync(folder, { recursive: true, force: true })
  if (totals.cases % REPORT_EVERY === 0) progress(`${totals.cases} calls failed, ${violations.length} violations`)
}

function copyTemplate(folder: string, run: number): SubjectPlan {
  cpSync(join(folder, '..', TEMPLATE), folder, { recursive: true })
  return planOf(folder, run)
}
