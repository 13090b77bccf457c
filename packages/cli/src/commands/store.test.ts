import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { join } from 'node:path'
import { sqliteStore } from '@audit/store-sqlite'
import { expect, test } from 'vitest'
import { runAudit } from '../../test/run-audit.ts'
import { openAudit, recordSome, temporaryDirectory } from '../../test/real-journal.ts'

/** A journal, and a store with all of its events. */
async function imported() {
  const folder = temporaryDirectory()
  const [journal, store] = [join(folder, 'journal'), join(folder, 'audit.db')]
  await recordSome(openAudit(journal))
  const { code, out, error } = await runAudit(['import', journal, '--into', store])
  expect([code, error]).toEqual([0, ''])
  return { folder, journal, store, out, query: (...words: string[]) => runAudit(['query', '--store', store, ...words]) }
}
const parsed = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; status: string; id: string })

test('import copies the exact lines of a journal, also a second time, and query finds them', async () => {
  const { journal, store, out } = await imported()
  const again = await runAudit(['import', journal, '--into', store])
  expect(again).toMatchObject({ code: 0, error: '' })
  expect(Number(/^(\d+) events read/.exec(again.out)?.[1])).toBeGreaterThanOrEqual(Number(/^(\d+) events read/.exec(out)?.[1]))
  const { out: tail } = await runAudit(['tail', journal, '--json', '--events', '*:*', '--limit', '1000'])
  const { out: found } = await runAudit(['query', '--store', store, '--json', '--order', 'oldest', '--limit', '1000'])
  expect(
    parsed(found)
      .map(({ id }) => id)
      .toSorted(),
  ).toEqual(
    parsed(tail)
      .map(({ id }) => id)
      .toSorted(),
  )
})

test.each<[string[], number]>([
  [['--events', 'flag:created'], 2],
  [['--actor', 'ada@example.com', '--tenant', 'acme'], 2],
  [['--status', 'denied'], 1],
  [['--target', 'flag/dark', '--events', 'flag:deleted'], 3],
  [['--payload', '/enabled=true'], 1],
  [['--text', 'dark'], 4],
  [['--events', 'flag:*', '--limit', '2'], 2],
])('query %j prints the matching events', async (words, count) => {
  const { query } = await imported()
  const { code, out, error } = await query(...words)
  expect([code, error, out.split('\n').length - 1]).toEqual([0, '', count])
})

test('import says which path there is not', async () => {
  const into = join(temporaryDirectory(), 'audit.db')
  const { code, error } = await runAudit(['import', '/no/such/journal', '--into', into])
  expect([code, error]).toEqual([3, "audit import: There is no '/no/such/journal'. Give a journal, or files of a file sink.\n"])
  expect(existsSync(into)).toBe(false)
})

test('query without a match exits 1, and says so', async () => {
  const { query } = await imported()
  expect(await query('--actor', 'nadia')).toEqual({ code: 1, out: '', error: 'audit query: no event in the store matches.\n' })
})

test.each<[string[], number, RegExp]>([
  [['query', '--store', 'missing.db'], 3, /There is no store at 'missing\.db'/],
  [['query', '--status', 'done'], 2, /statuses: give a list/],
  [['query', '--text', '%'], 2, /text: give 1 to 20 words/],
  [['query', '--payload', 'enabled'], 2, /--payload: give a pointer and a value/],
  [['query', '--order', 'random'], 2, /order: give 'newest' or 'oldest'/],
  [['query', 'audit.db'], 2, /is one argument too many/],
  [['export'], 2, /--format is missing/],
  [['export', '--format', 'xml'], 2, /--format: give csv or ndjson/],
  [['export', '--format', 'ndjson', '--columns', 'id'], 2, /--columns: NDJSON has whole events/],
  [['import'], 2, /--into is missing/],
  [['import', 'missing', '--into', 'x.db'], 3, /There is no 'missing'/],
])('audit %j exits %i', async (words, code, problem) => {
  const ran = await runAudit(words)
  expect([ran.code, ran.out]).toEqual([code, ''])
  expect(ran.error).toMatch(problem)
})

test('an export as NDJSON has a manifest, verifies, and can be imported again', async () => {
  const { folder, store } = await imported()
  const file = join(folder, 'trail.ndjson')
  const exported = await runAudit(['export', '--store', store, '--format', 'ndjson', '--out', file])
  expect(exported).toMatchObject({ code: 0, out: '' })
  const text = readFileSync(file)
  const manifest = JSON.parse(readFileSync(`${file}.manifest.json`, 'utf8')) as { sha256: string; count: number }
  expect(manifest.sha256).toBe(createHash('sha256').update(text).digest('hex'))
  expect((await runAudit(['verify', file])).code).not.toBe(1)
  writeFileSync(`${file}.gz`, gzipSync(`${text.toString()}no event\n`))
  const copy = join(folder, 'copy.db')
  const { code, out, error } = await runAudit(['import', `${file}.gz`, '--into', copy])
  expect([code, out]).toEqual([0, `${manifest.count} events read into '${copy}'.\n`])
  expect(error).toContain('1 line of the files')
  expect((await runAudit(['export', '--store', copy, '--format', 'ndjson'])).out).toBe(text.toString())
  expect(await runAudit(['export', '--store', store, '--format', 'csv', '--out', file])).toMatchObject({ code: 3 })
  expect(existsSync(file)).toBe(true)
})

test('a row that was changed in the store is found by audit verify over the export', async () => {
  const folder = temporaryDirectory()
  const [journal, store, file] = [join(folder, 'journal'), join(folder, 'audit.db'), join(folder, 'trail.ndjson')]
  const audit = openAudit(journal)
  await recordSome(audit)
  // The last checkpoint is recorded at the end.
  await audit.close()
  await runAudit(['import', journal, '--into', store])
  const verify = async () => {
    writeFileSync(file, (await runAudit(['export', '--store', store, '--format', 'ndjson'])).out)
    return (await runAudit(['verify', file])).code
  }
  const honest = await verify()
  const sqlite = process.getBuiltinModule('node:sqlite')
  const database = new sqlite.DatabaseSync(store)
  const { changes } = database
    .prepare(`update event set line = replace(line, '"flipt"', '"other"') where name = 'flag:created'`)
    .run()
  database.close()
  expect([honest, changes, await verify()]).toEqual([0, 2, 1])
})

test('an export as CSV goes to the standard output with the columns that are asked for', async () => {
  const { store } = await imported()
  const { out } = await runAudit([
    'export',
    '--store',
    store,
    '--format',
    'csv',
    '--columns',
    'name,status',
    '--status',
    'denied',
  ])
  expect(out).toBe('"name","status"\r\n"flag:deleted","denied"\r\n')
})

test('AUDIT_STORE names the store', async () => {
  const { store } = await imported()
  const reading = sqliteStore({ path: store, readOnly: true })
  const { count } = await reading.reader({ tenants: 'all' }).summary()
  await reading.close()
  const { out } = await runAudit(['query', '--json', '--limit', '1000'], { env: { AUDIT_STORE: store } })
  expect(out.split('\n').length - 1).toBe(count)
})
