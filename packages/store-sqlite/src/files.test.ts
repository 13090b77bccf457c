import {
  chmodSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createBatch } from '@audit/core/sink'
import type { FollowedEvent } from '@audit/store'
import { sampleBatch, sampleEvent } from '@audit/core/testing'
import { expect, onTestFinished, test } from 'vitest'
import { loadSqlite } from './load-sqlite.ts'
import type { SqliteStoreOptions } from './sqlite-store-options.ts'
import { sqliteStore } from './sqlite-store.ts'

const all = { tenants: 'all' } as const
const signal = () => new AbortController().signal

function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'audit-files-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'audit.db')
}

function openStore(path: string, options: Partial<SqliteStoreOptions> = {}) {
  const store = sqliteStore({ path, ...options })
  onTestFinished(() => store.close())
  return store
}

test('the file and what SQLite puts beside it can be read by their owner only', async () => {
  const path = newPath()
  await openStore(path).write(sampleBatch(3), { signal: signal() })
  const modes = [path, `${path}-wal`, `${path}-shm`].map((each) => statSync(each).mode & 0o777)
  expect(modes).toEqual([0o600, 0o600, 0o600])
})

test('events are there after the store is closed and opened again', async () => {
  const path = newPath()
  const batch = sampleBatch(20)
  const first = openStore(path)
  await first.write(batch, { signal: signal() })
  await first.close()
  expect(existsSync(`${path}-wal`)).toBe(false)
  const { events } = await openStore(path).reader(all).page({}, { order: 'oldest' })
  expect(events.map(({ line }) => line)).toEqual(batch.lines)
})

test('a missing file is not created by a read-only store, and nothing can be written to it', async () => {
  const path = newPath()
  const store = openStore(path, { readOnly: true })
  await expect(store.reader(all).page()).rejects.toMatchObject({
    code: 'AUDIT_STORE_UNAVAILABLE',
    message: `There is no store at '${path}'.`,
  })
  await expect(store.write(sampleBatch(1), { signal: signal() })).rejects.toMatchObject({ parks: true })
  expect(existsSync(path)).toBe(false)
})

test.each<[string, (path: string) => void, RegExp]>([
  ['of another program', (path) => writeFileSync(path, 'no database at all, '.repeat(100)), /is no SQLite database/],
  ['with the tables of another application', (path) => sqlOn(path, 'create table t (a)'), /not a store of audit events/],
  [
    'of a later version',
    (path) => sqlOn(path, 'create table t (a); pragma application_id = 1096107092; pragma user_version = 9'),
    /version 9/,
  ],
])('a file %s is refused, and is not changed', async (_, make, problem) => {
  const path = newPath()
  make(path)
  const before = readFileSync(path)
  const store = openStore(path)
  await expect(store.write(sampleBatch(1), { signal: signal() })).rejects.toMatchObject({
    parks: true,
    message: expect.stringMatching(problem) as string,
  })
  await expect(store.reader(all).page()).rejects.toMatchObject({
    code: 'AUDIT_STORE_UNAVAILABLE',
    message: expect.stringMatching(problem) as string,
  })
  expect(readFileSync(path)).toEqual(before)
})

test.each<[string, (path: string) => void]>([
  ['overwritten', (path) => writeSync(openSync(path, 'r+'), 'x'.repeat(200_000), 4_096)],
  ['cut off', (path) => truncateSync(path, 20_000)],
])('a file that is %s is an error with a way out', async (_, damage) => {
  const path = newPath()
  const first = openStore(path)
  await first.write(sampleBatch(500), { signal: signal() })
  await first.close()
  damage(path)
  const advice = expect.stringMatching(/damaged.*build it again from the journal/) as string
  const damaged = openStore(path)
  await expect(damaged.reader(all).page({}, { limit: 1_000 })).rejects.toMatchObject({ message: advice })
  await expect(damaged.write(sampleBatch(500), { signal: signal() })).rejects.toMatchObject({ message: advice, parks: true })
})

test('a write waits for another process that writes, and gives up in time', async () => {
  const path = newPath()
  await openStore(path).write(sampleBatch(1), { signal: signal() })
  const other = new (loadSqlite().DatabaseSync)(path)
  onTestFinished(() => other.close())
  other.exec('begin immediate')
  const impatient = openStore(path, { lockTimeoutMs: 50 })
  const batch = sampleBatch(2)
  await expect(impatient.write(batch, { signal: signal() })).rejects.toMatchObject({
    retryable: true,
    message: expect.stringMatching(/lock/) as string,
  })
  expect((await impatient.reader(all).page()).events).toHaveLength(1)
  other.exec('rollback')
  await impatient.write(batch, { signal: signal() })
  expect((await impatient.reader(all).page()).events).toHaveLength(3)
})

test('lines that are not events are refused by their index, and the others are stored', async () => {
  const store = openStore(newPath())
  const [good, another] = sampleBatch(2).lines as [string, string]
  const far = JSON.stringify(sampleEvent({ timestamp: '9999-01-01T00:00:00.000Z' }))
  const lines = [good, 'no json', '{}', far, another, 'null', JSON.stringify({ ...sampleEvent(), timestamp: 'soon' })]
  const batch = createBatch(lines.map((line, index) => ({ line, byteLength: line.length + 1, end: index + 1 })))
  await expect(store.write(batch, { signal: signal() })).rejects.toMatchObject({ refused: [1, 2, 3, 5, 6], retryable: false })
  expect((await store.reader(all).page()).events.map(({ line }) => line).toSorted()).toEqual([good, another].toSorted())
})

test('tenants that are one text in UTF-8 stay apart', async () => {
  const store = openStore(newPath())
  const tenants = ['\ud800', '\ud801', '\ufffd', '\0"\\ud800"', '\u0001"\\ud800"', 'a', 'a\0', 'a\0b']
  const lines = tenants.map((tenant) =>
    JSON.stringify(sampleEvent({ metadata: { actor: { authentication: 'none' }, tenant }, payload: 'word' })),
  )
  await store.write(createBatch(lines.map((line) => ({ line, byteLength: line.length, end: 1 }))), { signal: signal() })
  for (const [index, tenant] of tenants.entries())
    for (const filter of [{}, { tenant }, { text: 'word' }]) {
      const { events } = await store.reader({ tenants: [tenant] }).page(filter)
      expect(events.map(({ line }) => line)).toEqual([lines[index]])
    }
})

test.each<[object, string]>([
  [{}, 'path: give the path of a file'],
  [{ path: '' }, 'path: give the path of a file'],
  [{ path: ':memory:' }, 'path: give a file; memoryStore() is a store in memory'],
  [{ path: 'a', pth: 'b' }, "pth: there is no such option; did you mean 'path'?"],
  [{ path: 'a', maxExamined: 0, lockTimeoutMs: 1.5 }, 'maxExamined: give a whole number from 1 to 1000000'],
])('the options %j are refused', (options, problem) => {
  expect(() => sqliteStore(options as SqliteStoreOptions)).toThrow(
    expect.objectContaining({ code: 'AUDIT_INVALID_OPTIONS', problems: expect.arrayContaining([problem]) as unknown }),
  )
})

function sqlOn(path: string, sql: string): void {
  const database = new (loadSqlite().DatabaseSync)(path)
  database.exec(sql)
  database.close()
  chmodSync(path, 0o600)
}

test('events of another process are followed, and a token that is too old or of another store is refused', async () => {
  const [path, otherPath] = [newPath(), newPath()]
  const [writer, reader] = [openStore(path), openStore(path)]
  await writer.write(sampleBatch(2), { signal: signal() })
  const stop = new AbortController()
  const followed = reader.reader(all).follow({}, { signal: stop.signal })[Symbol.asyncIterator]()
  const first = followed.next()
  // The place of the follower is known when its reader has answered.
  await reader.reader(all).page()
  const batch = sampleBatch(1_200)
  await writer.write(batch, { signal: signal() })
  const read = [(await first).value as FollowedEvent]
  while (read.length < 1_200) read.push((await followed.next()).value as FollowedEvent)
  expect(read.map(({ line }) => line)).toEqual(batch.lines)
  stop.abort()
  expect(await followed.next()).toMatchObject({ done: true })

  const token = read[0]!.token
  const other = openStore(otherPath)
  await other.write(sampleBatch(5), { signal: signal() })
  const invalid = { code: 'AUDIT_INVALID_CURSOR' }
  await expect(other.reader(all).follow({}, { after: token })[Symbol.asyncIterator]().next()).rejects.toMatchObject(invalid)
  sqlOn(path, 'delete from arrival where number < 1000')
  await expect(reader.reader(all).follow({}, { after: token })[Symbol.asyncIterator]().next()).rejects.toMatchObject(invalid)
})
