import { cpSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { nextKey, remoteSigner, serviceKey } from './keys.ts'
import { Ledger } from './ledger.ts'
import { seedLogIds } from './log-ids.ts'
import { BEGINNING, SERVICE, ServiceLife, type LifeOptions } from './service-life.ts'

// Trails of services without any tampering. Each is made once by real services, and copied for every program.

/** How a life ends. `torn`: killed while it writes a group; `early`: before its first seal; `idle`: before it recorded anything. */
export type LifeEnd = 'closed' | 'killed' | 'torn' | 'early' | 'idle'

export interface BasePlan {
  readonly name: string
  /** Number of processes that run at the same time, each with its own log. */
  readonly logs: 1 | 2 | 3
  /** Each life continues the logs of the one before. */
  readonly lives: readonly LifeEnd[]
  /** Number of events of each log, all lives together. Beyond 256 and 512 there are higher levels of tiles. */
  readonly events: number
  /** The first life is long ago, and its segments are deleted by age. */
  readonly isTrimmed?: boolean
  readonly isUnsigned?: boolean
  readonly isUnsealed?: boolean
  /** From the second life on, a new key signs too. */
  readonly isRotated?: boolean
  /** The signer is remote, and in the last life it does not answer for an hour. */
  readonly isSignerAway?: boolean
}

export const basePlans: readonly BasePlan[] = [
  { name: 'closed, 20 events', logs: 1, lives: ['closed'], events: 20 },
  { name: 'closed twice, 300 events', logs: 1, lives: ['closed', 'closed'], events: 300 },
  { name: 'killed, 300 events', logs: 1, lives: ['closed', 'killed'], events: 300 },
  { name: 'torn, 600 events', logs: 1, lives: ['killed', 'torn', 'closed', 'torn'], events: 600 },
  { name: 'trimmed, 600 events', logs: 1, lives: ['closed', 'closed'], events: 600, isTrimmed: true },
  { name: 'three logs, 60 events each', logs: 3, lives: ['closed', 'killed'], events: 60 },
  { name: 'key rotated, 300 events', logs: 1, lives: ['killed', 'killed', 'killed'], events: 300, isRotated: true },
]

export interface Base {
  readonly plan: BasePlan
  /** The journal as its services left it. */
  readonly directory: string
  /** The journal after each life but the last: older genuine pieces. */
  readonly older: readonly string[]
  readonly ledger: Ledger
  /** The events that the sinks were given, in order. */
  readonly delivered: readonly string[]
  /** When its last life ended. */
  readonly now: number
}

const SECOND = 1_000
const DAY = 86_400_000
export const RETENTION_MS: number = 7 * DAY

/** `ids` is the seed of the ids of its logs. */
export async function makeBase(plan: BasePlan, folder: string, ids: number): Promise<Base> {
  seedLogIds(`base ${plan.name} ${ids}`)
  mkdirSync(folder, { recursive: true })
  const directory = join(folder, 'journal')
  const ledger = new Ledger()
  const delivered: string[] = []
  const older: string[] = []
  let now = BEGINNING
  for (const [index, end] of plan.lives.entries()) {
    const isLast = index === plan.lives.length - 1
    const trims = plan.isTrimmed === true && isLast
    const each = Math.ceil(plan.events / plan.lives.length)
    const isAway = plan.isSignerAway === true && isLast
    const options = { directory, ledger, now, seal: sealOf(plan, isAway, index) }
    const lives: ServiceLife[] = []
    for (let log = 0; log < plan.logs; log++)
      lives.push(await ServiceLife.begin({ ...options, ...(trims && { retentionMs: RETENTION_MS }) }))
    for (const life of lives) {
      if (end === 'idle') await life.kill()
      if (end === 'early') await life.record(each).then(() => life.kill())
      if (life.isOver) continue
      await life.record(each, { groups: 6, pauseMs: SECOND })
      if (isAway) await passAnHour(life, each)
      await life.pass(2 * SECOND)
      // The line about the deleted events has to be sealed before anything is deleted.
      if (trims) await life.pass(10 * SECOND, SECOND)
      await endLife(life, end)
      delivered.push(...life.delivered)
      now = Math.max(now, life.clock.now())
    }
    now += plan.isTrimmed && !isLast ? 30 * DAY : 5 * SECOND
    if (!isLast) {
      const state = join(folder, `older-${index}`)
      cpSync(directory, state, { recursive: true })
      older.push(state)
    }
  }
  return { plan, directory, older, ledger, delivered, now }
}

function sealOf(
  { isUnsealed, isUnsigned, isSignerAway, isRotated }: BasePlan,
  isAway: boolean,
  life: number,
): LifeOptions['seal'] {
  if (isUnsealed) return false
  if (isUnsigned) return 'unsigned'
  if (isSignerAway) return { key: remoteSigner(isAway) }
  if (isRotated && life > 0) return { key: [nextKey.signingKey, serviceKey.signingKey] }
  return { key: serviceKey.signingKey }
}

async function passAnHour(life: ServiceLife, events: number): Promise<void> {
  await life.record(events, { groups: 6, pauseMs: 2 * SECOND })
  life.clock.jump(3_600 * SECOND)
  await life.record(events)
}

async function endLife(life: ServiceLife, end: LifeEnd): Promise<void> {
  if (end === 'closed') return life.close()
  if (end === 'torn') return life.killInMidGroup()
  // Some events that no checkpoint covers yet.
  await life.record(3)
  return life.kill()
}

/** The directories of the logs in a journal, in the order of their names. */
export function logsIn(journal: string): readonly string[] {
  return readdirSync(journal, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name.startsWith(`${SERVICE}-`))
    .map(({ name }) => join(journal, name))
    .toSorted()
}
