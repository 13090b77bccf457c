import { RETENTION_MS } from './bases.ts'
import { nextKey, remoteSigner, serviceKey } from './keys.ts'
import type { GenuineCheckpoint, Ledger } from './ledger.ts'
import type { ServiceStep } from './program.ts'
import { ServiceLife, type LifeOptions } from './service-life.ts'

/** The result of a service that ran on the found journal. */
export interface StepOutcome {
  readonly step: ServiceStep
  readonly sinkName: string
  /** Every line that a sink got. Except with `replay-letters` and `resume`, it had got nothing before. */
  readonly delivered: readonly string[]
  readonly published: readonly GenuineCheckpoint[]
  /** The names of the logs that a person released as a whole. */
  readonly released: ReadonlySet<string>
  /** The messages of its logger and its health. */
  readonly warnings: readonly string[]
  readonly now: number
  /** No event of that time or later may have been deleted. */
  readonly keptSince: number
}

const SECOND = 1_000
const DAY = 86_400_000

/** Runs a service of the same name on a journal, until it has checked and sealed everything. */
export async function runStep(
  step: ServiceStep,
  {
    journal,
    ledger,
    now,
    index,
  }: { readonly journal: string; readonly ledger: Ledger; readonly now: number; readonly index: number },
): Promise<StepOutcome> {
  const sinkName = step === 'replay-letters' || step === 'resume' ? 'main' : `fresh-${index}`
  const life = await ServiceLife.begin({
    directory: journal,
    ledger,
    now: startOf(step, now),
    seal: sealOf(step),
    sinkName,
    ...((step === 'trim' || step === 'keep-a-week') && { retentionMs: RETENTION_MS }),
    ...(step === 'telling-anchor' && { latest: latestIn(ledger) }),
  })
  const released = step === 'release' ? await releaseAll(life) : new Set<string>()
  await life.record(step === 'busy' ? 30 : 4, { groups: step === 'busy' ? 6 : 2, pauseMs: SECOND })
  if (step === 'replay-letters')
    await life.until(
      life.audit.deadLetters.replay({ sink: 'main' }).catch(() => undefined),
      'it replays',
    )
  // OrphanedLogs, retention and commands are looked at each second; sinks wait a second for a batch.
  await life.pass(step === 'trim' || step === 'keep-a-week' ? 12 * SECOND : 4 * SECOND, SECOND)
  const problems = life.audit.health().journal.problems ?? []
  if (step === 'kill') {
    await life.record(2)
    await life.kill()
  } else await life.close()
  const { delivered, published, warnings } = life
  return {
    step,
    sinkName,
    delivered,
    published,
    released,
    warnings: [...warnings, ...problems],
    keptSince: step === 'keep-a-week' ? now - RETENTION_MS : 0,
    now: Math.max(now, life.clock.now()) + SECOND,
  }
}

/**
 * Releases the lines that are held before any other log was looked at, and those that are found then. Returns the names of the logs
 * that were held as a whole: their lines are delivered in place, because that person said so.
 */
async function releaseAll(life: ServiceLife): Promise<ReadonlySet<string>> {
  const whole = new Set<string>()
  for (const waitMs of [0, 2 * SECOND]) {
    await life.pass(waitMs, SECOND)
    const held = await life.until(life.audit.held.list(), 'it lists held lines')
    for (const { log, isWhole } of held) {
      await life.until(life.audit.held.release({ log, by: 'ada@example.com' }), 'it releases')
      if (isWhole) whole.add(log)
    }
  }
  return whole
}

function startOf(step: ServiceStep, now: number): number {
  if (step === 'clock-back') return now - 400 * DAY
  return step === 'trim' ? now + 30 * DAY : now
}

function sealOf(step: ServiceStep): LifeOptions['seal'] {
  switch (step) {
    case 'rotate-key':
      return { key: [nextKey.signingKey, serviceKey.signingKey] }
    case 'exchange-key':
      return { key: nextKey.signingKey }
    case 'unsealed':
      return false
    case 'remote-signer':
      return { key: remoteSigner() }
    case 'signer-away':
      return { key: remoteSigner(true) }
    default:
      return { key: serviceKey.signingKey }
  }
}

/** The largest checkpoint that was ever published. */
function latestIn(ledger: Ledger) {
  return async (origin: string): Promise<string | undefined> =>
    ledger
      .checkpointsOf(origin)
      .reduce<GenuineCheckpoint | undefined>((most, one) => (one.size > (most?.size ?? -1) ? one : most), undefined)?.text
}
