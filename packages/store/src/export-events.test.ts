import { createHash } from 'node:crypto'
import { createBatch } from '@audit/core/sink'
import { sampleBatch, sampleEvent } from '@audit/core/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { csvColumns, csvLine } from './csv.ts'
import { exportEvents, type ExportOptions } from './export-events.ts'
import { memoryStore } from './memory-store.ts'
import { sampleTrail } from './testing/sample-trail.ts'

const all = { tenants: 'all' } as const
const signal = new AbortController().signal

async function exported(lines: readonly string[], options: ExportOptions, filter = {}) {
  const store = memoryStore()
  if (lines.length > 0)
    await store.write(createBatch(lines.map((line) => ({ line, byteLength: line.length, end: 1 }))), { signal })
  const events = exportEvents(store.reader(all), filter, options)
  let text = ''
  for await (const part of events) text += part
  return { text, manifest: events.manifest() }
}

/** Reads CSV in quotes, as RFC 4180 defines it. */
function parseCsv(text: string): readonly (readonly string[])[] {
  const rows = text.match(/(?:"(?:[^"]|"")*"(?:,|\r\n))+?(?<=\r\n)/g) ?? []
  expect(rows.join('')).toBe(text)
  return rows.map((row) => [...row.matchAll(/"((?:[^"]|"")*)"(?:,|\r\n)/g)].map(([, cell]) => cell!.replaceAll('""', '"')))
}

test('NDJSON has the exact lines, the oldest first, and the manifest describes it', async () => {
  const batch = sampleBatch(2_500, (index) => ({ payload: { index, text: '\u2028 é' } }))
  const { text, manifest } = await exported(batch.lines, { format: 'ndjson' })
  expect(text).toBe(`${batch.lines.join('\n')}\n`)
  const sha256 = createHash('sha256').update(text).digest('hex')
  expect(manifest).toMatchObject({ format: 'ndjson', count: 2_500, bytes: Buffer.byteLength(text), sha256, filter: {} })
})

test('only matching events are exported', async () => {
  const { manifest, text } = await exported(sampleTrail(60).lines, { format: 'ndjson' }, { tenant: 'acme', statuses: ['denied'] })
  const events = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { status: string })
  expect([events.length, new Set(events.map(({ status }) => status))]).toEqual([manifest.count, new Set(['denied'])])
})

test('CSV has a header, and the cells of each event', async () => {
  const event = sampleEvent({
    timestamp: '2026-11-22T09:00:00.000Z',
    status: 'denied',
    reason: 'forbidden',
    target: { type: 'flag', id: 'a "b",\r\nc' },
    payload: { amount: -5 },
    source: 'a/b/c',
    sequence: 7,
  })
  const { text } = await exported([JSON.stringify(event)], { format: 'csv' })
  const [header, row] = parseCsv(text)
  expect(header).toEqual(['timestamp (UTC)', ...csvColumns.slice(1)])
  const cells = Object.fromEntries(csvColumns.map((column, index) => [column, row![index]]))
  expect(cells).toMatchObject({
    timestamp: '2026-11-22T09:00:00.000Z',
    name: 'flag:created',
    status: 'denied',
    target_id: 'a "b",\r\nc',
    ip: '192.0.2.1',
    reason: 'forbidden',
    sequence: '7',
    payload: '{"amount":-5}',
    tenant: '',
  })
})

test('CSV begins with a byte order mark if it is asked for, and has the columns that are asked for', async () => {
  const { text } = await exported([], { format: 'csv', byteOrderMark: true, columns: ['id', 'sequence'] })
  expect(text).toBe('\uFEFF"id","sequence"\r\n')
})

test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '＝1', '＋1', '－1', '＠x'])(
  'the text %j is not a formula in CSV',
  (text) => {
    const event = sampleEvent({ target: { type: 'flag', id: text }, reason: text })
    expect(parseCsv(csvLine(event, ['target_id', 'reason']))).toEqual([[`'${text}`, `'${text}`]])
  },
)

test('numbers are never changed', () => {
  for (const payload of [-5, -0.5, 1e21])
    expect(parseCsv(csvLine(sampleEvent({ payload }), ['payload']))).toEqual([[JSON.stringify(payload)]])
})

test('every text is read back as it was, but for the apostrophe of a formula', () => {
  const guarded = (text: string) => (/^[=+\-@\t\r\n＝＋－＠]/.test(text) ? `'${text}` : text)
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (id, tenant) => {
      const event = sampleEvent({ metadata: { actor: { authentication: 'none', id }, tenant } })
      expect(parseCsv(csvLine(event, ['actor_id', 'tenant']))).toEqual([[guarded(id), guarded(tenant)]])
    }),
  )
})

test.each<[object, RegExp]>([
  [{ format: 'xml' }, /format: give 'csv' or 'ndjson'/],
  [{ format: 'csv', columns: ['nothing'] }, /columns: give a list of timestamp/],
  [{ format: 'csv', columns: [] }, /columns: the list is empty/],
  [{ format: 'csv', colums: ['id'] }, /did you mean 'columns'/],
])('the options %j are refused', (options, problem) => {
  expect(() => exportEvents(memoryStore().reader(all), {}, options as ExportOptions)).toThrow(problem)
})

test('an export that is aborted rejects, and has no manifest', async () => {
  const events = exportEvents(memoryStore().reader(all), {}, { format: 'ndjson', signal: AbortSignal.abort(new Error('enough')) })
  await expect(async () => {
    for await (const part of events) expect(part).toBe('')
  }).rejects.toThrow('enough')
  expect(() => events.manifest()).toThrow('has not ended')
})
