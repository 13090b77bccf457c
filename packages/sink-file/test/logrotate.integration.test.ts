import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { accountOf, type Account } from './account.ts'
import { batchesPerSecond, durationSeconds } from './duration.ts'
import { findLogrotate } from './find-logrotate.ts'
import { firstThatFails } from './first-that-fails.ts'
import { Writers } from './writers.ts'

// The real program rotates and compresses the file of three processes every few hundred milliseconds instead of every day.

/** At a rotation one of them may be in both files: in the old one, compressed before the event was cut off, and in the new one. */
const BATCH_EVENTS = 10
const LEAST_ROTATIONS = 6
const logrotate = findLogrotate()
const seconds = durationSeconds(1.5)
const whole = { lost: 0, disordered: 0, unfinished: 0, halves: 0 }

describe.skipIf(!logrotate)('under logrotate', () => {
  test('with logrotate create and a signal, every event is in the files', async ({ annotate }) => {
    const { account, rotations } = await run({ mode: 'create', isTold: true })
    await annotate(described('create, SIGHUP', account, rotations))
    expect(account).toMatchObject(whole)
    expect(account.files).toBe(rotations + 1)
    expect(account.repeated).toBeLessThanOrEqual(BATCH_EVENTS * rotations)
  })

  test('with logrotate create and no signal, every event is in the files', async ({ annotate }) => {
    const { account, rotations } = await run({ mode: 'create', isTold: false })
    await annotate(described('create', account, rotations))
    expect(account).toMatchObject(whole)
    expect(account.files).toBe(rotations + 1)
    expect(account.repeated).toBeLessThanOrEqual(BATCH_EVENTS * rotations)
  })

  test('with logrotate create, a sink that keeps writing to its open file loses events', async () => {
    const naive = () => run({ mode: 'create', isTold: false, isNaive: true })
    const { account } = await firstThatFails(naive, (each) => each.account.lost > 0)
    expect(account.lost).toBeGreaterThan(0)
  })

  test('with logrotate copytruncate, only events written between the copy and the cut are lost', async ({ annotate }) => {
    const cut = () => run({ mode: 'copytruncate', isTold: false })
    const { account, rotations } = await firstThatFails(cut, (each) => each.account.lost > 0)
    await annotate(described('copytruncate', account, rotations))
    expect(account.lost).toBeGreaterThan(0)
    expect(account.lostInside).toBe(0)
    // The copy may end within a line that was being written.
    expect(account.unfinished).toBeLessThanOrEqual(rotations)
    expect(account.halves).toBe(0)
  })
})

function described(name: string, account: Account, rotations: number): string {
  return `logrotate, ${name}, ${seconds} s, ${rotations} rotations: ${JSON.stringify(account)}`
}

interface Run {
  readonly mode: 'create' | 'copytruncate'
  readonly isTold: boolean
  readonly isNaive?: boolean
}

async function run({ mode, isTold, isNaive = false }: Run): Promise<{ account: Account; rotations: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'audit-logrotate-'))
  const path = join(folder, 'trail.log')
  const sink = { path, ...(isTold && { reopenOn: 'SIGHUP' as const }) }
  const writers = new Writers({
    writers: 3,
    folder,
    sink,
    isNaive,
    batchEvents: BATCH_EVENTS,
    batchesPerSecond: batchesPerSecond(seconds, 1_000),
  })
  try {
    const signal = `postrotate\nkill -HUP ${writers.pids.join(' ')}\nendscript`
    const configuration = join(folder, 'logrotate.conf')
    writeFileSync(configuration, `${path} {\n${mode}\nrotate 2000\ncompress\n${isTold ? signal : ''}\n}\n`, { mode: 0o600 })
    // The signal would end a process that does not listen yet.
    await writers.started()
    let rotations = 0
    for (const end = performance.now() + seconds * 1_000; performance.now() < end || rotations < LEAST_ROTATIONS; rotations++) {
      await delay(30 + 50 * Math.random())
      await promisify(execFile)(logrotate!, ['--force', '--state', join(folder, 'state'), configuration])
    }
    const said = await writers.end()
    if (said) throw new Error(`A process wrote to stderr: ${said}`)
    return { account: accountOf(rotatedBy(path, folder), writers.books()), rotations }
  } finally {
    await writers.end()
    rmSync(folder, { recursive: true })
  }
}

/**
 * logrotate gives the highest number to the oldest. It makes a `.backup` of a file that another program created before it did, and
 * overwrites that with the next one: there must be none.
 */
function rotatedBy(path: string, folder: string): readonly string[] {
  const names = readdirSync(folder)
  expect(names.filter((name) => name.endsWith('.backup'))).toEqual([])
  const numbered = names.flatMap((name) => {
    const number = /^trail\.log\.(\d+)(\.gz)?$/.exec(name)?.[1]
    return number ? [{ name, number: Number(number) }] : []
  })
  const oldestFirst = numbered.toSorted((one, other) => other.number - one.number)
  return [...oldestFirst.map(({ name }) => join(folder, name)), path]
}
