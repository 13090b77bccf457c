import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fastClock } from '../../test/fast-clock.ts'
import { killProgram, startProgram } from '../../test/child-process.ts'
import { about, openAudit } from '../../test/file-audit.ts'
import { temporaryDirectory } from '../../test/temporary-directory.ts'
import { delay } from '../clock.ts'
import { memorySink } from '../sink/memory-sink.ts'
import { fileJournal } from './file-journal.ts'

// The events of a killed process reach every sink through another process.

const quiet = { events: ['flag:*'] }

/** Has delivered 3 events, has one dead letter, and 3 more events that its sink does not finish. */
const VICTIM = `
  let batches = 0
  const out = { name: 'out', write: ({ events }) => {
    batches++
    if (batches === 1) return
    const poison = events.findIndex(({ payload }) => payload.key === 'poison')
    if (poison !== -1) throw new SinkError('no', { retryable: false, refused: [poison] })
    if (events.some(({ payload }) => Number(payload.key) > 3)) return new Promise(() => {})
  } }
  const audit = open([out])
  await Promise.all(record(audit, 0, 3))
  await audit.flush()
  await Promise.all([audit.record('flag:created', { key: 'poison' }), ...record(audit, 3, 1)])
  await audit.flush()
  await Promise.all(record(audit, 4, 3))
  console.log('done')
  setInterval(() => {}, 1000)`

test("a running process delivers the rest of a killed process's log, and takes over its dead letters", async () => {
  const directory = temporaryDirectory()
  const out = memorySink({ name: 'out' })
  const { audit } = openAudit({ journal: fileJournal({ directory }), sinks: [{ sink: out, ...quiet }] })
  await audit.record('flag:created', { key: 'own' })
  const own = audit.health().journal.source
  const victim = await startProgram(directory, VICTIM)
  const orphan = readdirSync(directory).find((name) => name.startsWith('svc-') && !own!.endsWith(name.slice(-8)))!
  const source = JSON.parse(readFileSync(join(directory, orphan, 'source.json'), 'utf8')).source as string
  await audit.flush()
  expect(out.events.map(about)).toEqual(['own'])

  await killProgram(victim)
  await expect.poll(() => out.events.map(about)).toEqual(['own', '4', '5', '6'])
  expect(out.events.map((event) => event.source)).toEqual([own, source, source, source])
  const letters = await audit.deadLetters.list()
  expect(letters.map(({ line }) => about(JSON.parse(line)))).toEqual(['poison'])
  expect(readdirSync(join(directory, orphan, 'dead-letters'))).toEqual([])
  expect(await audit.deadLetters.replay({ sink: 'out' })).toEqual({ replayed: 1, refused: 0, unproven: [] })
  expect(out.events.map(about).at(-1)).toBe('poison')
  await expect.poll(() => audit.health().journal.orphanedLogs).toBe(0)
  expect(audit.stats().sinks['out']).toMatchObject({ wanted: 4, delivered: 4, pending: 0, lost: 0 })

  // The log was given back and read to its end, so the next process continues it and gets nothing twice.
  const again = memorySink({ name: 'out' })
  const next = openAudit({ journal: fileJournal({ directory }), sinks: [{ sink: again, ...quiet }] })
  await next.audit.record('flag:created', { key: 'next' })
  await next.audit.flush()
  expect(next.audit.health().journal.source).toBe(source)
  expect(again.events.map(about)).toEqual(['next'])
})

test('a process that starts continues the log of a killed process', async () => {
  const directory = temporaryDirectory()
  await killProgram(await startProgram(directory, VICTIM))
  const out = memorySink({ name: 'out' })
  const { audit } = openAudit({ journal: fileJournal({ directory }), sinks: [{ sink: out, ...quiet }] })
  await audit.record('flag:created', { key: 'own' })
  await audit.flush()
  expect(out.events.map(about)).toEqual(['4', '5', '6', 'own'])
  expect((await audit.deadLetters.list()).map(({ line }) => about(JSON.parse(line)))).toEqual(['poison'])
  expect(readdirSync(directory).filter((name) => name.startsWith('svc-'))).toHaveLength(1)
})

test('events of a killed process are delivered even if its dead letters cannot be moved', async () => {
  const directory = temporaryDirectory()
  const out = memorySink({ name: 'out' })
  const { audit, said } = openAudit({
    journal: fileJournal({ directory }),
    sinks: [{ sink: out, ...quiet }],
  })
  await audit.ready()
  const own = audit.health().journal.source!.slice(-8)
  // A directory takes the place of the file.
  mkdirSync(join(directory, `svc-${own}`, 'dead-letters', 'out.ndjson'))
  await killProgram(await startProgram(directory, VICTIM))
  await expect.poll(() => out.events.map(about)).toEqual(['4', '5', '6'])
  const orphan = readdirSync(directory).find((name) => name.startsWith('svc-') && !name.endsWith(own))!
  expect(readFileSync(join(directory, orphan, 'dead-letters', 'out.ndjson'), 'utf8')).toContain('poison')
  expect(said.join()).toMatch(new RegExp(`dead letters of the log in .*${orphan}' cannot be moved to this process`))
})

test('a live process keeps its log, even if it records nothing for a long time', async () => {
  const directory = temporaryDirectory()
  const victim = await startProgram(directory, VICTIM)
  const out = memorySink({ name: 'out' })
  const clock = fastClock()
  const { audit } = openAudit({ journal: fileJournal({ directory }), sinks: [{ sink: out, ...quiet }], clock })
  await audit.record('flag:created', { key: 'own' })
  await audit.flush()
  // Long enough for three searches for orphaned logs.
  await delay(clock, 46_000)
  expect([out.events.map(about), audit.health().journal.orphanedLogs]).toEqual([['own'], 0])
  await killProgram(victim)
  await expect.poll(() => out.events.map(about)).toEqual(['own', '4', '5', '6'])
})
