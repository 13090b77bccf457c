import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { isPartOf } from '../src/rotated-name.ts'
import { accountOf, ownFiles, type Account } from './account.ts'
import { batchesPerSecond, durationSeconds } from './duration.ts'
import { Writers } from './writers.ts'

// Eight processes, one path, a small limit to its size, compression, and every now and then one of them is killed.

const seconds = durationSeconds(3)
const CONTROL_SECONDS = 1.5
const LEAST_KILLS = 3

test('every event that was stored is in the files, once, whole and in order', { timeout: seconds * 5_000 + 20_000 }, async () => {
  const { account, kills, rejections, leftovers } = await run(seconds)
  process.stdout.write(`8 processes, ${seconds} s, ${kills} kills: ${JSON.stringify(account)}\n`)
  expect(account).toMatchObject({ lost: 0, repeated: 0, disordered: 0, halves: 0 })
  expect(account.unfinished).toBeLessThanOrEqual(kills)
  expect(account.events).toBeGreaterThan(1_000 * seconds)
  expect(account.files).toBeGreaterThan(5)
  expect(kills).toBeGreaterThanOrEqual(LEAST_KILLS)
  expect([rejections, leftovers]).toEqual([[], []])
})

test('a sink that rotates without a lock, and writes on to what it has open, does not pass', { timeout: 30_000 }, async () => {
  const { account } = await run(CONTROL_SECONDS, { isNaive: true, maxBytes: 100_000 })
  expect(account.lost).toBeGreaterThan(0)
})

test('ours without its lock does not pass', { timeout: 30_000 }, async () => {
  const { account } = await run(CONTROL_SECONDS, { lock: false, maxBytes: 100_000 })
  expect(account.lost + account.repeated + account.unfinished + account.halves).toBeGreaterThan(0)
})

interface Outcome {
  readonly account: Account
  readonly kills: number
  readonly rejections: readonly string[]
  /** What a compression that was killed left, and nobody took away. */
  readonly leftovers: readonly string[]
}

interface Control {
  readonly lock?: boolean
  readonly isNaive?: boolean
  readonly maxBytes?: number
}

async function run(forSeconds: number, { lock = true, isNaive = false, maxBytes = 1_000_000 }: Control = {}): Promise<Outcome> {
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
    await killSome(writers, forSeconds)
    const said = await writers.end()
    if (lock && said) throw new Error(`A process complains: ${said}`)
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

/** The time counts from when all of them write; a machine that is busy gets more. */
async function killSome(writers: Writers, forSeconds: number): Promise<void> {
  await writers.started()
  const end = performance.now() + forSeconds * 1_000
  for (let index = 0; performance.now() < end || index < LEAST_KILLS; index++) {
    await delay(100 + 400 * Math.random())
    await writers.kill(writers.names[index % writers.names.length]!)
  }
  await writers.started()
}
