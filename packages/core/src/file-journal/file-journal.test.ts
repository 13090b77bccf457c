import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { about, closeNow, openAudit, segmentsOf, sourceDirectory, stuckSink, type FileAudit } from '../../test/file-audit.ts'
import { overriddenDisk } from '../../test/overridden-disk.ts'
import { temporaryDirectory } from '../../test/temporary-directory.ts'
import { memorySink } from '../sink/memory-sink.ts'
import { SinkError } from '../sink/sink-error.ts'
import type { Sink } from '../sink/sink.ts'
import { fileJournal, fileJournalOn } from './file-journal.ts'
import type { FileJournalOptions } from './file-journal-options.ts'
import { nodeFileSystem } from '../log-format/node-file-system.ts'

const WAIT = { timeout: 120_000, interval: 5 }
const SMALL: FileJournalOptions = { maxBytes: 1 << 20, segmentBytes: 64 << 10 }

const down: Sink['write'] = () => Promise.reject(new Error('down'))
/** Discards its messages. */
const quiet = (sink: Sink) => ({ sink, events: ['flag:*'] })

async function recordMany(audit: FileAudit, keys: readonly string[]): Promise<void> {
  await Promise.all(keys.map((key) => audit.record('flag:created', { key })))
}

describe('a restarted journal', () => {
  test('after a restart, undelivered events of the journal are delivered, in order and once', async () => {
    const directory = temporaryDirectory()
    const first = openAudit({ journal: fileJournal({ directory }), sinks: [quiet({ name: 'out', write: down })] })
    expect(await first.audit.record('flag:created', { key: 'a' })).toMatchObject({ held: 'journal' })
    expect(await first.audit.record('flag:deleted', { key: 'b' })).toMatchObject({ held: 'journal' })
    await closeNow(first.audit, await sourceDirectory(first.audit, directory))

    const out = memorySink({ name: 'out' })
    const write = vi.spyOn(out, 'write')
    const second = openAudit({ journal: fileJournal({ directory }), sinks: [quiet(out)] })
    await second.audit.record('flag:created', { key: 'c' })
    await second.audit.flush()
    expect(out.events.map(about)).toEqual(['a', 'b', 'c'])
    expect(out.events.map(({ source }) => source)).toEqual(Array(3).fill(second.audit.health().journal.source))
    expect(write.mock.calls.flatMap(([batch]) => batch.lines)).toHaveLength(3)
    expect(second.audit.stats().sinks['out']).toMatchObject({ wanted: 3, delivered: 3, pending: 0 })
  })

  test('after a restart, a sink continues at its offset, and a new one begins where its option says', async () => {
    const directory = temporaryDirectory()
    const known = memorySink({ name: 'known' })
    const first = openAudit({ journal: fileJournal({ directory }), sinks: [quiet(known)] })
    await recordMany(first.audit, ['a', 'b'])
    await first.audit.close()

    const [again, late, early] = [memorySink({ name: 'known' }), memorySink({ name: 'late' }), memorySink({ name: 'early' })]
    const sinks = [{ ...quiet(again), from: 'oldest' as const }, quiet(late), { ...quiet(early), from: 'oldest' as const }]
    const second = openAudit({ journal: fileJournal({ directory }), sinks })
    await second.audit.ready()
    await recordMany(second.audit, ['c'])
    await second.audit.flush()
    expect([known, again, late, early].map(({ events }) => events.map(about))).toEqual([
      ['a', 'b'],
      ['c'],
      ['c'],
      ['a', 'b', 'c'],
    ])
  })

  test('after a restart, a removed sink is listed as detached, and its offset is kept', async () => {
    const directory = temporaryDirectory()
    const journal = () => fileJournal({ directory })
    const first = openAudit({ journal: journal(), sinks: [quiet(memorySink({ name: 'gone' }))] })
    await first.audit.ready()
    await first.audit.close()
    const second = openAudit({ journal: journal(), sinks: [] })
    await recordMany(second.audit, ['missed'])
    expect(second.audit.health()).toMatchObject({ status: 'degraded', journal: { detached: ['gone'] } })
    await second.audit.close()
    const back = memorySink({ name: 'gone' })
    const third = openAudit({ journal: journal(), sinks: [quiet(back)] })
    await third.audit.flush()
    expect(back.events.map(about)).toEqual(['missed'])
  })

  test('after a restart, the readable events of a damaged log are delivered, and a new log records the damage', async () => {
    const directory = temporaryDirectory()
    const first = openAudit({ journal: fileJournal({ directory }), sinks: [quiet(stuckSink('out'))] })
    await recordMany(first.audit, ['a', 'b', 'c', 'd'])
    const damaged = await sourceDirectory(first.audit, directory)
    const damagedSource = first.audit.health().journal.source
    await closeNow(first.audit, damaged)
    const [[name, content]] = [...segmentsOf(damaged)] as [[string, string]]
    writeFileSync(join(damaged, 'log', name), content.replace('"key":"b"', '"key":"X"'))
    const before = segmentsOf(damaged)

    const out = memorySink({ name: 'out' })
    const { audit } = openAudit({ journal: fileJournal({ directory }), sinks: [quiet(out), memorySink({ name: 'all' })] })
    await recordMany(audit, ['e'])
    await expect.poll(() => out.events.map(about).toSorted()).toEqual(['a', 'c', 'd', 'e'])
    expect(segmentsOf(damaged)).toEqual(before)
    expect(audit.health().journal.source).not.toBe(damagedSource)
    const own = [...segmentsOf(await sourceDirectory(audit, directory)).values()].join('')
    const systemEvents = own.split('\n').filter((line) => line.includes('"action":"recovered"'))
    expect(systemEvents.map((line) => JSON.parse(line) as object)).toContainEqual(
      expect.objectContaining({ payload: { source: damagedSource, reason: 'damaged' } }),
    )
  })
})

describe('space in the journal', () => {
  const large = (index: number) => `${index} ${'x'.repeat(7_000)}`

  test('space is made by removing delivered segments, each after the log has recorded it', async () => {
    const directory = temporaryDirectory()
    let log = ''
    const removed: { readonly first: number; readonly isOnRecord: boolean }[] = []
    const disk = overriddenDisk(nodeFileSystem, {
      async remove(path) {
        const first = Number(/^(\d{20})\./.exec(basename(path))?.[1])
        if (path.startsWith(log) && !Number.isNaN(first)) {
          const lines = [...segmentsOf(join(log, '..')).values()].join('').split('\n')
          const trims = lines.filter((line) => line.includes('"action":"trimmed"')).map((line) => JSON.parse(line))
          removed.push({ first, isOnRecord: trims.some(({ payload }) => payload.reason === 'size' && payload.firstKept > first) })
        }
        await nodeFileSystem.remove(path)
      },
    })
    const all = memorySink({ name: 'all' })
    const { audit } = openAudit({ journal: fileJournalOn(disk, { directory, ...SMALL }), sinks: [all] })
    log = join(await sourceDirectory(audit, directory), 'log')
    for (let index = 0; index < 250; index += 10) {
      await Promise.all(Array.from({ length: 10 }, (_, more) => audit.record('flag:created', { key: large(index + more) })))
      await audit.flush()
    }
    expect(removed.length).toBeGreaterThan(5)
    expect(removed.filter(({ isOnRecord }) => !isOnRecord)).toEqual([])
    expect(all.events.filter(({ type }) => type === 'flag').map(about)).toEqual(
      Array.from({ length: 250 }, (_, index) => large(index)),
    )
    const { bytes, maxBytes, events, end } = audit.health().journal
    expect(bytes).toBeLessThanOrEqual(maxBytes)
    expect([...segmentsOf(join(log, '..')).values()].join('').split('\n').length - 1).toBe(events)
    expect(end - events).toBeGreaterThan(100)
  })

  test('undelivered events are never removed for space: fail-closed events are rejected, fail-open ones wait or are counted', async () => {
    const directory = temporaryDirectory()
    let isStuck = true
    const out = memorySink({ name: 'out' })
    const holding: Sink = {
      name: 'out',
      write: (batch, options) => (isStuck ? Promise.reject(new Error('down')) : out.write(batch, options)),
    }
    const { audit } = openAudit({
      journal: fileJournal({ directory, ...SMALL }),
      sinks: [{ ...quiet(holding), onLag: 'hold', retry: { minDelayMs: 100, maxDelayMs: 1_000, deadlineMs: 1_000 } }],
      maxWaitMs: 1_000,
      queue: { maxEvents: 20 },
    })
    for (let index = 0; audit.health().journal.state !== 'full'; index++)
      await audit.record('flag:created', { key: large(index) })
    expect(audit.stats().recorded).toBeGreaterThan(50)
    await expect(audit.record('flag:deleted', { key: 'closed' })).rejects.toMatchObject({
      code: expect.stringMatching(/^AUDIT_/),
    })
    const more = await Promise.all(
      Array.from({ length: 40 }, (_, index) => audit.record('flag:created', { key: `open ${index}` })),
    )
    const lost = more.filter(({ held }) => held === 'lost').length
    expect(lost).toBeGreaterThanOrEqual(20)
    expect(audit.stats()).toMatchObject({ lost, rejected: 1 })
    expect(audit.health()).toMatchObject({ status: 'failing', problems: expect.arrayContaining(['The journal is full.']) })

    isStuck = false
    await audit.flush({ timeoutMs: 1_000_000 })
    const { submitted, rejected, lost: lostNow, recorded: recordedNow, waiting } = audit.stats()
    expect([rejected + lostNow + recordedNow + waiting, waiting, lostNow]).toEqual([submitted, 0, lost])
    expect(out.events).toHaveLength(recordedNow)
    expect(out.events.map(about)).not.toContain('closed')
    expect(audit.health().journal.state).toBe('open')
  })

  test('with retentionMs, old segments are removed too', async () => {
    const directory = temporaryDirectory()
    const all = memorySink({ name: 'all' })
    const journal = fileJournal({ directory, ...SMALL, retentionMs: 20_000 })
    const { audit } = openAudit({ journal, sinks: [all] })
    for (let index = 0; index < 30; index++) await audit.record('flag:created', { key: large(index) })
    await audit.flush()
    const source = await sourceDirectory(audit, directory)
    await vi.waitFor(async () => {
      await audit.flush()
      const first = Number([...segmentsOf(source).keys()][0]!.slice(0, 20))
      expect(first).toBeGreaterThan(15)
      const trims = all.events.filter(({ action }) => action === 'trimmed')
      expect(trims.map((event) => event.payload)).toContainEqual({
        source: audit.health().journal.source,
        firstKept: first,
        reason: 'age',
      })
    }, WAIT)
  })
})

describe('a journal directory', () => {
  test('services can share a directory: each has its own log, and gets only its own events', async () => {
    const directory = temporaryDirectory()
    const audits = ['flags', 'flags-admin', 'users'].map((service) => {
      const sink = memorySink()
      return { service, sink, ...openAudit({ service, journal: fileJournal({ directory }), sinks: [quiet(sink)] }) }
    })
    for (const { service, audit } of audits) await recordMany(audit, [service])
    for (const { service, sink, audit } of audits) {
      await audit.flush()
      expect(sink.events.map(about)).toEqual([service])
      expect(audit.health().journal.source).toMatch(new RegExp(`^${service}/[^/]+/[a-z0-9]{8}$`))
      await audit.close()
    }
    const again = memorySink()
    const { audit } = openAudit({
      service: 'flags',
      journal: fileJournal({ directory }),
      sinks: [{ ...quiet(again), name: 'new', from: 'oldest' }],
    })
    await audit.flush()
    expect(again.events.map(about)).toEqual(['flags'])
    expect(readdirSync(directory).filter((name) => name !== '.gitignore')).toHaveLength(3)
  })

  test('two processes of one service have separate logs in one directory', async () => {
    const directory = temporaryDirectory()
    const [one, other] = [0, 1].map(() => openAudit({ journal: fileJournal({ directory }), sinks: [] }).audit) as [
      FileAudit,
      FileAudit,
    ]
    await Promise.all([one.ready(), other.ready()])
    expect(one.health().journal.source).not.toBe(other.health().journal.source)
  })

  test('a log that every user can write to is reported and not used until that is corrected', async () => {
    const directory = temporaryDirectory()
    const first = openAudit({ journal: fileJournal({ directory }), sinks: [quiet(stuckSink('out'))] })
    await recordMany(first.audit, ['a'])
    const source = await sourceDirectory(first.audit, directory)
    await closeNow(first.audit, source)
    chmodSync(source, 0o777)
    const before = readdirSync(source, { recursive: true })
    const out = memorySink({ name: 'out' })
    const { audit, said } = openAudit({ journal: fileJournal({ directory }), sinks: [quiet(out)] })
    await recordMany(audit, ['b'])
    await audit.flush()
    expect(said.join()).toContain(`Every user can write to '${source}', so nothing in it can be trusted. Run chmod o-w on it.`)
    expect(await sourceDirectory(audit, directory)).not.toBe(source)
    expect(readdirSync(source, { recursive: true })).toEqual(before)
    expect(out.events.map(about)).toEqual(['b'])
    chmodSync(source, 0o700)
    await expect.poll(() => out.events.map(about)).toEqual(['b', 'a'])
  })

  test('AUDIT_DIRECTORY overrides the directory in the code', async () => {
    const [given, named] = [temporaryDirectory(), temporaryDirectory()]
    vi.stubEnv('AUDIT_DIRECTORY', named)
    try {
      const { audit } = openAudit({ journal: fileJournal({ directory: given }), sinks: [] })
      await audit.ready()
    } finally {
      vi.unstubAllEnvs()
    }
    expect([readdirSync(given), readdirSync(named)]).toEqual([[], ['.gitignore', expect.stringMatching(/^svc-/)]])
  })
})

describe('dead letters of a file journal', () => {
  const refusing = (poison: ReadonlySet<string>): Sink & { readonly taken: string[] } => {
    const taken: string[] = []
    return {
      name: 'picky',
      taken,
      async write({ events }) {
        const refused = events.flatMap((event, index) => (poison.has(about(event)) ? [index] : []))
        taken.push(...events.map(about).filter((key) => !poison.has(key)))
        if (refused.length > 0) throw new SinkError('no', { retryable: false, refused })
      },
    }
  }

  test('dead letters survive a restart and can be replayed; a purge records the person who did it', async () => {
    const directory = temporaryDirectory()
    const poison = new Set(['p1', 'p2', 'p3'])
    const first = openAudit({ journal: fileJournal({ directory }), sinks: [quiet(refusing(poison))] })
    await recordMany(first.audit, ['a', 'p1', 'b', 'p2', 'p3', 'c'])
    await first.audit.flush()
    const letters = await first.audit.deadLetters.list()
    expect(letters.map(({ sink, line }) => [sink, about(JSON.parse(line))])).toEqual(
      ['p1', 'p2', 'p3'].map((key) => ['picky', key]),
    )
    await first.audit.close()

    const sink = refusing(poison)
    const all = memorySink({ name: 'all' })
    const { audit } = openAudit({ journal: fileJournal({ directory }), sinks: [quiet(sink), all] })
    await audit.ready()
    expect(await audit.deadLetters.list({ sink: 'picky' })).toEqual(letters)
    poison.delete('p1')
    poison.delete('p2')
    expect(await audit.deadLetters.replay({ sink: 'picky' })).toEqual({ replayed: 2, refused: 1, unproven: [] })
    expect(sink.taken).toEqual(['p1', 'p2'])
    expect(await audit.deadLetters.list()).toEqual([letters[2]])
    expect(await audit.deadLetters.purge({ sink: 'picky', by: 'u_admin' })).toBe(1)
    expect(await audit.deadLetters.list()).toEqual([])
    expect(await audit.deadLetters.purge({ sink: 'picky', by: 'u_admin' })).toBe(0)
    await audit.flush()
    expect(all.events.filter(({ action }) => action === 'purged').map((event) => event.payload)).toEqual([
      { sink: 'picky', by: 'u_admin', count: 1, ids: [letters[2]!.id] },
    ])
    await audit.close()

    const third = openAudit({ journal: fileJournal({ directory }), sinks: [] })
    await third.audit.ready()
    expect(await third.audit.deadLetters.list()).toEqual([])
    const source = await sourceDirectory(third.audit, directory)
    expect(readFileSync(join(source, 'dead-letters', 'picky.ndjson'), 'utf8')).toBe('')
  })
})
