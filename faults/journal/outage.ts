import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Account } from '../harness/subject/account.ts'
import { deliverAll } from '../harness/subject/deliver-all.ts'
import type { JournalKind } from '../harness/subject/journal-kind.ts'
import { atPace } from '../harness/pace.ts'
import { defaultPlan, sinkNames, type Outcome, type SubjectPlan } from '../harness/subject/subject-plan.ts'
import { SubjectProcess } from '../harness/subject/subject-process.ts'

// A healthy disk that accepts nothing for a while, under one process that writes at a steady pace.

export interface Outage {
  /** For the messages. */
  readonly name: string
  readonly failMode: 'open' | 'closed'
  readonly journal: JournalKind
  readonly seed: number
  /** Directory of the journal, on the disk that fails. */
  readonly directory: string
  /** On another disk. */
  readonly deliveries: string
  readonly environment?: NodeJS.ProcessEnv
  readonly lastsMs: number
  /** Blocks every write to the disk. */
  begin(): void | Promise<void>
  end(): void | Promise<void>
}

export interface OutageFindings {
  readonly calls: number
  /** Calls that began and ended while nothing could be written. */
  readonly callsWithin: number
  readonly rejectedWithin: number
  readonly slowestAnswerMs: number
  readonly acknowledged: number
  readonly lost: number
  /** From the end of the outage to the first acknowledgement. */
  readonly backMs: number
  readonly violations: readonly string[]
}

const MAX_WAIT_MS = 1_000
const BACK_LIMIT_MS = atPace(5_000)
/** `open` offers more than its queue holds, so that some must be lost, and counted. */
const EVENTS_PER_SECOND = { closed: 200, open: 1_000 }
const QUEUE_EVENTS = 1_000
const BEFORE_MS = 1_500
const AFTER_MS = 500
const POLL_MS = 20
/** Events that were in progress when it began may still arrive for this long. */
const BEGINNING_MS = 300
/** A timer is late by this, or by the delay of the event loop on a busy machine. */
const LATE_MS = 150

export async function liveThrough(outage: Outage): Promise<OutageFindings> {
  const { name, failMode, journal, seed, directory, deliveries } = outage
  mkdirSync(deliveries, { recursive: true })
  const plan: SubjectPlan = {
    ...defaultPlan,
    journal,
    directory,
    deliveries,
    run: 1,
    seed,
    failMode,
    segmentBytes: 16 << 10,
    maxWaitMs: MAX_WAIT_MS,
    queueEvents: QUEUE_EVENTS,
    eventsPerSecond: EVENTS_PER_SECOND[failMode],
    hasHeldSink: true,
  }
  const account = new Account()
  const outcomes: Outcome[] = []
  const subject = new SubjectProcess(
    plan,
    (outcome) => {
      account.add(plan.run, outcome)
      outcomes.push(outcome)
    },
    outage.environment,
  )
  const violations: string[] = []
  const failed = (what: string) => violations.push(`${name}: ${what}`)

  if (!(await subject.ready)) failed(`failed start: ${subject.notReady}`)
  subject.measure()
  await delay(BEFORE_MS)
  await outage.begin()
  const beganAt = Date.now()
  await delay(outage.lastsMs)
  const endedAt = Date.now()
  await outage.end()
  while (backAfter(outcomes, endedAt) === undefined && Date.now() < endedAt + BACK_LIMIT_MS) await delay(POLL_MS)
  await delay(AFTER_MS)
  subject.measured()
  subject.stop()
  const { code, signal, errors } = await subject.ended
  if (code !== 0) failed(`the process ended with ${signal ?? code}: ${errors}`)
  for (const stats of subject.unbalanced) failed(`the counters do not balance: ${stats}`)
  const drained = await deliverAll({ ...plan, run: 2 }, account)
  if (drained.code !== 0) failed(`the last delivery ended with ${drained.signal ?? drained.code}: ${drained.errors}`)
  const findings = account.check({ directory: deliveries, sinks: sinkNames(true) })
  for (const violation of findings.violations) failed(violation)

  const within = outcomes.filter(({ offeredAt, ms }) => offeredAt > beganAt + BEGINNING_MS && offeredAt + ms < endedAt)
  const rejectedWithin = within.filter(({ held }) => held.startsWith('AUDIT_')).length
  const slowestAnswerMs = outcomes.reduce((slowest, { ms }) => Math.max(slowest, ms), 0)
  const loopMax = subject.summary?.measurements[0]?.loopMax ?? 0
  if (slowestAnswerMs > MAX_WAIT_MS + Math.max(atPace(LATE_MS), loopMax))
    failed(`an answer took ${Math.round(slowestAnswerMs)} ms`)
  if (within.length === 0) failed('no call fell into the outage')
  if (failMode === 'closed' && rejectedWithin < within.length)
    failed(`${within.length - rejectedWithin} of ${within.length} calls were not rejected`)
  const acknowledgedWithin = within.filter(({ held }) => held === 'journal').length
  if (acknowledgedWithin > 0) failed(`${acknowledgedWithin} events were acknowledged while nothing could be written`)
  const backMs = backAfter(outcomes, endedAt) ?? NaN
  if (!(backMs <= BACK_LIMIT_MS)) failed(`not back ${BACK_LIMIT_MS} ms after the end`)
  const { lost, rejected, waiting, unconfirmed } = subject.summary ?? { lost: NaN, rejected: NaN, waiting: NaN, unconfirmed: NaN }
  if (waiting !== 0) failed(`${waiting} events wait at the end`)
  if (failMode === 'open' && rejected !== 0) failed(`${rejected} calls were rejected`)
  if (findings.reportedLost !== lost) failed(`${lost} events are lost, and audit:lost says ${findings.reportedLost}`)
  if (findings.rejectedAndDelivered !== unconfirmed)
    failed(`${findings.rejectedAndDelivered} rejected events came, and ${unconfirmed} are counted as unconfirmed`)
  return {
    calls: outcomes.length,
    callsWithin: within.length,
    rejectedWithin,
    slowestAnswerMs,
    acknowledged: findings.acknowledged,
    lost,
    backMs,
    violations,
  }
}

/** Both ways to fail at once, each with a disk of its own. */
export async function liveThroughBoth(
  folder: string,
  outageOf: (failMode: Outage['failMode'], folder: string) => Promise<Omit<Outage, 'failMode' | 'deliveries'>>,
): Promise<{ readonly closed: OutageFindings; readonly open: OutageFindings }> {
  const live = async (failMode: Outage['failMode']) => {
    const own = join(folder, failMode)
    mkdirSync(own, { recursive: true })
    return liveThrough({ ...(await outageOf(failMode, own)), failMode, deliveries: join(own, 'deliveries') })
  }
  const [closed, open] = await Promise.all([live('closed'), live('open')])
  return { closed, open }
}

export function describeOutage({ closed, open }: { readonly closed: OutageFindings; readonly open: OutageFindings }): string {
  return (
    `closed: ${closed.rejectedWithin} of ${closed.callsWithin} rejected, slowest answer ${Math.round(closed.slowestAnswerMs)} ms, ` +
    `back after ${closed.backMs} ms; open: ${open.calls} submitted, ${open.lost} lost, all of them recorded, ` +
    `back after ${open.backMs} ms; ${closed.acknowledged + open.acknowledged} acknowledged and delivered`
  )
}

function backAfter(outcomes: readonly Outcome[], endedAt: number): number | undefined {
  const first = outcomes.find(({ held, offeredAt, ms }) => held === 'journal' && offeredAt + ms >= endedAt)
  return first && Math.round(first.offeredAt + first.ms - endedAt)
}
