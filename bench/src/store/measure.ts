import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { parseArgs } from 'node:util'
import { createBatch } from '@audit/core/sink'
import type { Page, Store, StoreFilter } from '@audit/store'
import { sqliteStore } from '@audit/store-sqlite'

// Measures the SQLite store: the rate of writes beside a bare table, its size, and the time of a page for each filter.
// `node bench/src/store/measure.ts --events 1000000`

const { values } = parseArgs({ options: { events: { type: 'string', default: '100000' } } })
const EVENTS = Number(values.events)
/** The page that is compared with the first one. */
const DEEP = Math.min(10_000, Math.floor(EVENTS / 50) - 1)
const DAYS = 120
const START = Date.parse('2026-08-01T00:00:00Z')
const BATCH = 1_000
const signal = new AbortController().signal

let state = 1
const random = (end: number) => ((state = (state * 48_271) % 2_147_483_647), state % end)
const words = ['checkout', 'dark', 'mode', 'beta', 'search', 'price', 'banner', 'login', 'export', 'limit']

function lineOf(index: number): string {
  const at = new Date(START + Math.floor((index / EVENTS) * DAYS * 86_400_000))
  const [actor, target] = [random(5_000), random(20_000)]
  const id = `${at.getTime().toString(16).padStart(12, '0')}${index.toString(16).padStart(20, '0')}`
  const uuid = `${id.slice(0, 8)}-${id.slice(8, 12)}-7${id.slice(13, 16)}-8${id.slice(17, 20)}-${id.slice(20, 32)}`
  return JSON.stringify({
    version: '1.0',
    type: 'flag',
    action: ['created', 'updated', 'deleted', 'toggled'][random(4)],
    metadata: {
      actor: { authentication: 'oidc', id: `u_${actor}`, email: `user${actor}@example.com`, name: `User ${actor}` },
      request: {
        id: `req-${index.toString(36)}-${random(1e9).toString(36)}`,
        method: 'PUT',
        route: '/flags/:key',
        ip: `192.0.2.${random(250)}`,
      },
      tenant: `tenant-${random(200)}`,
      ...(index % 10 === 0 && { correlationId: `c-${Math.floor(index / 40)}` }),
    },
    payload: {
      key: `flag-${target}`,
      enabled: index % 2 === 0,
      description: `${words[random(10)]} ${words[random(10)]} item${random(EVENTS)}`,
    },
    timestamp: at.toISOString(),
    id: uuid,
    status: index % 50 === 0 ? 'denied' : 'success',
    target: { type: 'flag', id: `flag-${target}` },
    changes: [{ path: '/enabled', from: index % 2 === 1, to: index % 2 === 0 }],
    source: 'flags-api/host/7f3a9c21',
    sequence: index,
  })
}

const folder = mkdtempSync(join(tmpdir(), 'audit-measure-'))
const print = (line: string) => void process.stdout.write(`${line}\n`)
try {
  const { bytes, storeSeconds, rawSeconds } = await write(folder)
  const rate = (seconds: number) => Math.round(EVENTS / seconds).toLocaleString('en')
  print(`${EVENTS.toLocaleString('en')} events of ${Math.round(bytes / EVENTS)} bytes`)
  print(`written: ${rate(storeSeconds)} events/s; a bare table of the same lines in the same run: ${rate(rawSeconds)} events/s`)
  print(`size: ${(statSync(join(folder, 'audit.db')).size / bytes).toFixed(2)} times the lines`)
  await read(sqliteStore({ path: join(folder, 'audit.db'), readOnly: true }))
} finally {
  rmSync(folder, { recursive: true })
}

async function write(into: string): Promise<{ bytes: number; storeSeconds: number; rawSeconds: number }> {
  const store = sqliteStore({ path: join(into, 'audit.db') })
  const raw = new DatabaseSync(join(into, 'raw.db'))
  raw.exec('pragma journal_mode = wal; pragma synchronous = full; create table event (line text not null)')
  const insert = raw.prepare('insert into event values (?)')
  let [bytes, storeSeconds, rawSeconds] = [0, 0, 0]
  for (let index = 0; index < EVENTS; index += BATCH) {
    const lines = Array.from({ length: Math.min(BATCH, EVENTS - index) }, (_, at) => lineOf(index + at))
    const records = lines.map((line, at) => ({ line, byteLength: Buffer.byteLength(line) + 1, end: index + at + 1 }))
    bytes += records.reduce((sum, { byteLength }) => sum + byteLength, 0)
    storeSeconds += await secondsOf(() => store.write(createBatch(records), { signal }))
    rawSeconds += await secondsOf(async () => {
      raw.exec('begin immediate')
      for (const line of lines) insert.run(line)
      raw.exec('commit')
    })
  }
  raw.close()
  await store.close()
  return { bytes, storeSeconds, rawSeconds }
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1_000
}

async function read(store: Store): Promise<void> {
  const all = store.reader({ tenants: 'all' })
  const one = (tenant: number) => store.reader({ tenants: [`tenant-${tenant}`] })
  const filters: readonly [name: string, page: () => Promise<Page>][] = [
    ['newest', () => all.page()],
    ['actor', () => all.page({ actor: `u_${random(5_000)}` })],
    ['actor by email', () => all.page({ actor: `user${random(5_000)}@example.com` })],
    ['target', () => all.page({ target: `flag/flag-${random(20_000)}` })],
    ['tenant', () => one(random(200)).page()],
    ['tenant and name', () => one(random(200)).page({ events: ['flag:deleted'] })],
    ['denied', () => all.page({ statuses: ['denied'] })],
    ['denied in a tenant', () => one(random(200)).page({ statuses: ['denied'] })],
    ['correlation', () => all.page({ correlation: `c-${random(EVENTS / 40)}` })],
    ['ip', () => all.page({ ip: `192.0.2.${random(250)}` })],
    ['a rare word', () => all.page({ text: `item${random(EVENTS)}` })],
    ['a common word', () => all.page({ text: 'checkout' })],
    ['a common word in a tenant', () => one(random(200)).page({ text: 'checkout' })],
    ['two common words in a tenant', () => one(random(200)).page({ text: 'checkout beta' })],
    ['payload', () => all.page({ payload: { '/enabled': true } })],
  ]
  const time = async (name: string, page: () => Promise<Page>) => {
    const times: number[] = []
    for (let run = 0; run < 200; run++) times.push((await secondsOf(page)) * 1_000)
    const sorted = times.toSorted((left, right) => left - right)
    print(`${name.padEnd(30)} p50 ${sorted[100]!.toFixed(2).padStart(8)} ms   p95 ${sorted[190]!.toFixed(2).padStart(8)} ms`)
  }
  for (const [name, page] of filters) await time(name, page)
  const filter: StoreFilter = {}
  let token: string | undefined
  for (let page = 1; page < DEEP; page++) token = (await all.page(filter, token === undefined ? {} : { token })).next
  await time(`page ${DEEP.toLocaleString('en')}`, () => all.page(filter, token === undefined ? {} : { token }))
  print(`${'summary of everything'.padEnd(30)} ${((await secondsOf(() => all.summary())) * 1_000).toFixed(0).padStart(8)} ms`)
  await store.close()
}
