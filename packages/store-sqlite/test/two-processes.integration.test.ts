import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { createBatch } from '@audit/core/sink'
import { sampleBatch } from '@audit/core/testing'
import { sqliteStore } from '../src/index.ts'
import { expect, onTestFinished, test } from 'vitest'

const program = fileURLToPath(new URL('writer-process.ts', import.meta.url))
const EVENTS = 10_000 * Number(process.env['PROPERTY_RUNS'] ?? 1)

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'audit-two-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

interface Written {
  /** Events of batches that were acknowledged. */
  readonly acknowledged: number
  readonly isDone: boolean
}

/** Runs the program; kills it with SIGKILL after that number of batches. */
async function write(path: string, lines: string, seed: number, batches: number): Promise<Written> {
  const child = spawn(process.execPath, [program, path, lines, String(seed)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let [acknowledged, left] = [0, batches]
  for await (const line of createInterface(child.stdout)) {
    acknowledged += Number(line) || 0
    if (left-- === 0) child.kill('SIGKILL')
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return { acknowledged, isDone: child.exitCode === 0 }
}

test('two processes that deliver the same events out of order, and are killed, store each once and byte for byte', async () => {
  const folder = newFolder()
  const [path, lines] = [join(folder, 'audit.db'), join(folder, 'lines.ndjson')]
  const sent = sampleBatch(EVENTS, (index) => ({ payload: { index, text: `"\u2028 ${'é'.repeat(index % 40)}` } })).lines
  writeFileSync(lines, `${sent.join('\n')}\n`)
  const deliver = async (seed: number) => {
    // The last of the runs is not killed.
    for (let run = 0; run < 5; run++) await write(path, lines, seed * 100 + run, 3 + run * 2)
    return write(path, lines, seed * 100 + 99, Infinity)
  }
  const done = await Promise.all([deliver(1), deliver(2)])
  expect(done).toEqual([1, 2].map(() => ({ acknowledged: EVENTS, isDone: true })))
  const digest = createHash('sha256')
  let count = 0
  const store = sqliteStore({ path, readOnly: true })
  onTestFinished(() => store.close())
  const reader = store.reader({ tenants: 'all' })
  const stored: string[] = []
  for (let token: string | undefined, isFirst = true; isFirst || token !== undefined; isFirst = false) {
    const page = await reader.page({}, { limit: 1_000, ...(token !== undefined && { token }) })
    stored.push(...page.events.map(({ line }) => line))
    token = page.next
    count += page.events.length
  }
  for (const line of stored.toSorted()) digest.update(line)
  const expected = createHash('sha256')
  for (const line of sent.toSorted()) expected.update(line)
  expect([count, digest.digest('hex')]).toEqual([EVENTS, expected.digest('hex')])
})

test('what was acknowledged is there after kill -9', async () => {
  const folder = newFolder()
  const [path, lines] = [join(folder, 'audit.db'), join(folder, 'lines.ndjson')]
  writeFileSync(lines, `${sampleBatch(5_000).lines.join('\n')}\n`)
  const { acknowledged, isDone } = await write(path, lines, 7, 5)
  expect([acknowledged > 0, isDone]).toEqual([true, false])
  const store = sqliteStore({ path })
  onTestFinished(() => store.close())
  const { count } = await store.reader({ tenants: 'all' }).summary()
  expect(count).toBeGreaterThanOrEqual(acknowledged)
  const batch = sampleBatch(1)
  await store.write(createBatch(batch.lines.map((line) => ({ line, byteLength: line.length, end: 1 }))), {
    signal: new AbortController().signal,
  })
  expect((await store.reader({ tenants: 'all' }).summary()).count).toBe(count + 1)
})
