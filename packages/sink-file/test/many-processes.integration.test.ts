import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { isPartOf } from '../src/rotated-name.ts'
import { accountOf, ownFiles, type Account } from './account.ts'
import { batchesPerSecond, durationSeconds } from './duration.ts'
import { firstThatFails } from './first-that-fails.ts'
import { Writers } from './writers.ts'

// Eight processes write to one path with a small size limit and compression, and now and then one of them is killed.

const seconds = durationSeconds(3)
const CONTROL_SECONDS = 1.5
const LEAST_KILLS = 3
const LEAST_FILES = 6

test('with many processes every stored event is in the files, once, whole and in order', async ({ annotate }) => {
  const { account, kills, rejections, leftovers } = await run(seconds, { leastFiles: LEAST_FILES })
  await annotate(`8 processes, ${seconds} s, ${kills} kills: ${JSON.stringify(account)}`)
  expect(account).toMatchObject({ lost: 0, repeated: 0, disordered: 0, halves: 0 })
  expect(account.unfinished).toBeLessThanOrEqual(kills)
  expect(account.files).toBeGreaterThanOrEqual(LEAST_FILES)
  expect(kills).toBeGreaterThanOrEqual(LEAST_KILLS)
  expect([rejections, leftovers]).toEqual([[], []])
})

test('control: a sink that rotates without a lock and keeps writing to its open file fails this test', async () => {
  const naive = () => run(CONTROL_SECONDS, { isNaive: true, maxBytes: 100_000 })
  const { account } = await firstThatFails(naive, (each) => each.account.lost > 0)
  expect(account.lost).toBeGreaterThan(0)
})

test('control: our sink without its lock fails this test', async () => {
  const unlocked = () => run(CONTROL_SECONDS, { lock: false, maxBytes: 100_000 })
  const faultsOf = ({ account }: Outcome) => account.lost + account.repeated + account.unfinished + account.halves
  expect(faultsOf(await firstThatFails(unlocked, (each) => faultsOf(each) > 0))).toBeGreaterThan(0)
})

interface Outcome {
  readonly account: Account
  readonly kills: number
  readonly rejections: readonly string[]
  /** Parts of killed compressions that were not removed. */
  readonly leftovers: readonly string[]
}

interface Control {
  readonly lock?: boolean
  readonly isNaive?: boolean
  readonly maxBytes?: number
  readonly leastFiles?: number
}

interface Length {
  readonly forSeconds: number
  readonly leastFiles: number
}

async function run(forSeconds: number, control: Control = {}): Promise<Outcome> {
  const { lock = true, isNaive = false, maxBytes = 1_000_000, leastFiles = 0 } = control
  const folder = mkdtempSync(join(tmpdir(), 'audit-processes-'))
  const path = join(folder, 'trail.log')
  const sink = { path, lock, rotate: { maxBytes, gzip: true } }
  const writers = new Writers({
    writers: 8,
    folder,
    sink,
    isNaive,
    batchEvents: 100,
    batchesPerSecond: batchesPerSecond(forSeconds, 100),
  })
  try {
    await killSome(writers, path, { forSeconds, leastFiles })
    const said = await writers.end()
    if (lock && said) throw new Error(`A process wrote to stderr: ${said}`)
    const books = writers.books()
    return {
      account: accountOf(ownFiles(path), books),
      kills: books.reduce((sum, each) => sum + each.kills, 0),
      rejections: [...new Set(books.flatMap((each) => each.rejections))],
      leftovers: readdirSync(folder).filter((name) => isPartOf('trail.log', name)),
    }
  } finally {
    await writers.end()
    rmSync(folder, { recursive: true })
  }
}

/** The time counts from when all of them write. On a slow machine the test runs longer, until there is enough to check. */
async function killSome(writers: Writers, path: string, { forSeconds, leastFiles }: Length): Promise<void> {
  await writers.started()
  const end = performance.now() + forSeconds * 1_000
  const isLongEnough = () => performance.now() > end && ownFiles(path).length >= leastFiles
  for (let index = 0; index < LEAST_KILLS || !isLongEnough(); index++) {
    await delay(100 + 400 * Math.random())
    await writers.kill(writers.names[index % writers.names.length]!)
  }
  await writers.started()
}
