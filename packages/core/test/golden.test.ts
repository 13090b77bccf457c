import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { fileJournal } from '../src/file-journal/file-journal.ts'
import type { AuditEvent } from '../src/event/event.ts'
import type { Cursor } from '../src/journal/cursors.ts'
import type { Journal, JournalOpenOptions } from '../src/journal/journal.ts'
import { journalOpening } from '../src/testing/journal-opening.ts'
import { manualClock } from '../src/testing/manual-clock.ts'
import { readTrail } from '../src/trail/read-trail.ts'
import { keyed, keysOf } from './log-files.ts'
import { goldenSeal } from './make-golden.ts'
import { temporaryDirectory } from './temporary-directory.ts'

// Every later version opens, reads and writes the directory that `make-golden.ts` once made.

const GOLDEN = join(import.meta.dirname, 'golden', 'format-2')
/** Made before groups had tags. It is read, and not written before it is upgraded. */
const FIRST_FORMAT = join(import.meta.dirname, 'golden', 'format-1')
const { source } = JSON.parse(readFileSync(join(GOLDEN, 'source.json'), 'utf8')) as { readonly source: string }

/** The valid events as a sink gets them: a number of lines of each segment, written down by hand when the directory was made. */
const goldenLines = [
  ['00000000000000000000.1-0.ndjson', 3],
  ['00000000000000000003.1-0.ndjson', 2],
  ['00000000000000000005.1-2.ndjson', 2],
  ['00000000000000000007.2-0.ndjson', 2],
].flatMap(([name, count]) =>
  readFileSync(join(GOLDEN, 'log', `${name}`), 'utf8')
    .split('\n')
    .slice(0, Number(count))
    .map((line) => line.replace(/(,"tag":"[\w-]{22}")?,"crc":"[0-9a-f]{8}"}$/, '}')),
)

function copied(golden = GOLDEN): { readonly root: string; readonly directory: string } {
  const root = temporaryDirectory()
  const directory = join(root, `golden-${source.slice(-8)}`)
  cpSync(golden, directory, { recursive: true })
  return { root, directory }
}

async function opened(root: string, overrides: Partial<JournalOpenOptions> = {}): Promise<Journal> {
  const journal = fileJournal({ directory: root })
  await journal.open(journalOpening(manualClock(), { service: 'golden', seal: goldenSeal(), ...overrides }))
  return journal
}

const everything = { wants: () => true, from: 'now' } as const

/** Reads that many lines; some are not in memory yet. */
async function next(cursor: Cursor, count: number): Promise<readonly string[]> {
  const signal = AbortSignal.timeout(120_000)
  for (;;) {
    const { lines } = await cursor.next({ maxEvents: 100, maxBytes: 1 << 20, maxAgeMs: 0 }, signal)
    if (lines.length >= count) return lines
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Every file below a directory, byte for byte. */
function contentsOf(directory: string): ReadonlyMap<string, string> {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' }).toSorted()
  const files = names.filter((name) => statSync(join(directory, name)).isFile())
  return new Map(files.map((name) => [name, readFileSync(join(directory, name), 'latin1')]))
}

describe('the golden log of format 2', () => {
  test('a log of format 2 is complete in the repository', () => {
    expect([...contentsOf(GOLDEN).keys()]).toEqual([
      'checkpoint',
      'dead-letters/webhook.ndjson',
      'lock.db',
      'log/00000000000000000000.1-0.ndjson',
      'log/00000000000000000003.1-0.ndjson',
      'log/00000000000000000005.1-2.ndjson',
      'log/00000000000000000007.2-0.ndjson',
      'log/00000000000000000007.2-0.ndjson.tmp',
      'offsets.ndjson',
      'owner.2',
      'source.json',
      'tiles/0',
    ])
  })

  test('a log of format 2 gives every cursor exactly its events from its place on', async () => {
    const { root } = copied()
    const journal = await opened(root)
    expect(journal.status()).toMatchObject({ source, state: 'open', end: 9, events: 9, detached: ['webhook', 'slow/../sink'] })
    expect(keysOf(goldenLines)).toEqual([0, 1, 2, 3, 4, 5, '6 ü', 7, 8].map((key) => `event ${key}`))
    expect(await next(await journal.cursor('slow/../sink', everything), 9)).toEqual(goldenLines)
    expect(await next(await journal.cursor('webhook', everything), 5)).toEqual(goldenLines.slice(4))
    expect(await next(await journal.cursor('new', { ...everything, from: 'oldest' }), 9)).toEqual(goldenLines)
    await journal.close()
  })

  test('a log of format 2 gives its dead letters', async () => {
    const { root } = copied()
    const journal = await opened(root)
    expect(await journal.deadLetters?.list()).toEqual([
      {
        sink: 'webhook',
        id: (JSON.parse(goldenLines[1]!) as { readonly id: string }).id,
        line: goldenLines[1],
        reason: 'HTTP 422',
        at: '2026-01-01T00:00:00.000Z',
      },
    ])
    await journal.close()
  })

  test('a log of format 2 reports its torn end, and is continued, also by the next process', async () => {
    const { root } = copied()
    const systemEvent = vi.fn(journalOpening(manualClock()).systemEvent)
    const journal = await opened(root, { systemEvent })
    expect(systemEvent).toHaveBeenCalledExactlyOnceWith('recovered', { source, reason: 'torn', bytes: 100 })
    const cursor = await journal.cursor('webhook', everything)
    await journal.append([keyed('new')])
    const lines = await next(cursor, 7)
    expect(lines.slice(0, 5)).toEqual(goldenLines.slice(4))
    expect(lines.slice(5).map((line) => JSON.parse(line) as object)).toMatchObject([
      { type: 'audit', action: 'recovered', source, sequence: 9 },
      { payload: { key: 'new' }, source, sequence: 10 },
    ])
    await journal.close()
    const again = await opened(root)
    expect(again.status()).toMatchObject({ source, end: 11 })
    expect(await next(await again.cursor('slow/../sink', everything), 11)).toEqual([...goldenLines, ...lines.slice(5)])
    await again.close()
  })
})

test('a log of format 1 is read by readTrail()', async () => {
  const { root } = copied(FIRST_FORMAT)
  const events: AuditEvent[] = []
  for await (const event of readTrail(root)) events.push(event)
  expect(keysOf(events)).toEqual([0, 1, 2, 3, 4, 5, '6 ü', 7, 8].map((key) => `event ${key}`))
})

test('a journal with a log of format 1 is not opened, and the error names the upgrade', async () => {
  const { root, directory } = copied(FIRST_FORMAT)
  const before = contentsOf(directory)
  await expect(opened(root)).rejects.toMatchObject({
    code: 'AUDIT_JOURNAL_UNAVAILABLE',
    message: expect.stringContaining(`'audit journal upgrade ${root}'`),
  })
  rmSync(join(directory, 'source.json'))
  await expect(opened(root)).rejects.toMatchObject({ message: expect.stringContaining('has format 1') })
  writeFileSync(join(directory, 'source.json'), before.get('source.json')!)
  expect(contentsOf(directory)).toEqual(before)
})

test.each([3, 0])(
  'a log of format %o is reported and left alone byte for byte, and the process begins another log',
  async (format) => {
    const { root, directory } = copied()
    const path = join(directory, 'source.json')
    writeFileSync(path, readFileSync(path, 'utf8').replace(/"format":\d/, `"format":${JSON.stringify(format)}`))
    const before = contentsOf(directory)
    const warn = vi.fn()
    const journal = await opened(root, { warn })
    expect(warn).toHaveBeenCalledWith(
      `format ${directory}`,
      expect.stringContaining(`'${directory}' has format ${format}; this version knows 2. It is not changed`),
    )
    expect(journal.status().source).not.toBe(source)
    await journal.append([keyed('elsewhere')])
    await journal.close()
    expect(contentsOf(directory)).toEqual(before)
  },
)
