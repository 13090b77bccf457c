import { mkdir, mkdtemp, rm, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sinkConformance } from '@audit/core/testing'
import { compareWithModel, storeConformance } from '@audit/store/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { loadSqlite } from './load-sqlite.ts'
import { sqliteStore } from './sqlite-store.ts'

const newFolder = () => mkdtemp(join(tmpdir(), 'audit-store-'))

describe('the SQLite store is a store', () => {
  const setup = async () => {
    const folder = await newFolder()
    const store = sqliteStore({ path: join(folder, 'audit.db') })
    return { store, tearDown: () => rm(folder, { recursive: true }) }
  }
  for (const rule of storeConformance(setup)) test(rule.name, rule.run)
})

describe('the SQLite store, which looks at seven rows for a page, is a store', () => {
  const setup = async () => {
    const folder = await newFolder()
    const store = sqliteStore({ path: join(folder, 'audit.db'), maxExamined: 7 })
    return { store, tearDown: () => rm(folder, { recursive: true }) }
  }
  for (const rule of storeConformance(setup)) test(rule.name, rule.run)
})

const exceptions = {
  'stores the other events of a refused batch and names the refused ones, or only reports a refusal':
    'it refuses no event of an audit',
}

describe('the SQLite store is a sink', () => {
  const setup = async () => {
    const folder = await newFolder()
    const path = join(folder, 'audit.db')
    const sink = sqliteStore({ path })
    let release = () => undefined as void
    return {
      sink,
      stored: async () => {
        const reading = sqliteStore({ path, readOnly: true })
        const { events } = await reading
          .reader({ tenants: 'all' })
          .page({}, { limit: 1_000, order: 'oldest' })
          .catch(() => ({ events: [] }))
        await reading.close()
        return events.map(({ line }) => line)
      },
      breakDown: () => mkdir(path).then(() => undefined),
      repair: () => rmdir(path),
      async stall() {
        const other = new (loadSqlite().DatabaseSync)(path)
        other.exec('begin exclusive')
        release = () => other.close()
      },
      tearDown: async () => {
        release()
        await sink.close()
        await rm(folder, { recursive: true })
      },
    }
  }
  for (const rule of sinkConformance(setup, exceptions)) test(rule.name, rule.run)
})

const runs = Number(process.env['PROPERTY_RUNS'] ?? 1)

test.each([
  [50, {}],
  [10, { maxExamined: 50 }],
])('pages of %i random filters have exactly the events of the model, with %j', async (count, options) => {
  const filters = count * runs
  const folder = await newFolder()
  const store = sqliteStore({ path: join(folder, 'audit.db'), ...options })
  onTestFinished(async () => {
    await store.close()
    await rm(folder, { recursive: true })
  })
  const report = await compareWithModel(store, { events: 5_000, filters, seed: 3 })
  expect(report.foreignTokens).toBeGreaterThan(filters)
})
