import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { z } from 'zod'
import { createAudit } from '../src/create-audit.ts'
import { defineEvents, type AnyCatalog } from '../src/event/catalog.ts'
import { fileJournal } from '../src/file-journal/file-journal.ts'
import { memoryJournal } from '../src/journal/memory-journal.ts'
import { memorySink, type MemorySink } from '../src/sink/memory-sink.ts'

// Every recorded event is journaled; the filters of a sink only select what it receives.

const nouns = ['constraint', 'distribution', 'flag', 'namespace', 'rollout', 'rule', 'segment', 'token', 'variant'] as const
const verbs = { created: z.any(), updated: z.any(), deleted: z.any() }
const events: AnyCatalog = defineEvents(Object.fromEntries(nouns.map((noun) => [noun, verbs])) as never)
const directory = mkdtempSync(join(tmpdir(), 'audit-selection-'))
afterAll(() => rmSync(directory, { recursive: true }))
const logger = { warn: () => undefined, error: () => undefined }

async function recordAll(options: Partial<Parameters<typeof createAudit>[0]>): Promise<void> {
  const audit = createAudit({ service: 'selection', events, journal: memoryJournal(), logger, ...options })
  for (const name of events.definitions.keys()) {
    await audit.record(name, {})
    await audit.denied(name)
    await audit.attempt(name, {}, () => undefined)
  }
  await audit.flush()
  await audit.close()
}

const namesOf = (sink: ReturnType<typeof memorySink>) => sink.events.map(({ type, action }) => `${type}:${action}`)

test('each sink gets exactly the union of its own patterns', async () => {
  const patterns = ['flag:created', 'namespace:created', 'flag:*', 'rollout:deleted', 'rule:deleted', '*:updated']
  const [some, all] = [memorySink({ name: 'some' }), memorySink({ name: 'all' })]
  await recordAll({ sinks: [{ sink: some, events: patterns }, all] })
  expect(new Set(namesOf(some))).toEqual(
    new Set([
      'flag:created',
      'flag:deleted',
      'namespace:created',
      'rollout:deleted',
      'rule:deleted',
      ...nouns.map((noun) => `${noun}:updated`),
    ]),
  )
  expect(new Set(namesOf(all))).toEqual(new Set([...events.definitions.keys(), 'audit:opened', 'audit:closed']))
})

test('a sink gets every status, those it can express, or those its entry asks for', async () => {
  const [every, asked] = [memorySink({ name: 'every' }), memorySink({ name: 'asked' })]
  const able = { ...memorySink({ name: 'able' }), statuses: ['success', 'denied'] as const }
  const kept: string[] = []
  able.write = async (batch) => void kept.push(...batch.events.map(({ status }) => status))
  await recordAll({ sinks: [every, able, { sink: asked, statuses: ['denied'] }] })
  expect(new Set(every.events.map(({ status }) => status))).toEqual(new Set(['success', 'denied', 'attempted']))
  expect(new Set(kept)).toEqual(new Set(['success', 'denied']))
  expect(asked.events.map(({ status }) => status)).toEqual(Array.from({ length: 27 }, () => 'denied'))
})

test.each([
  ['memory', () => memoryJournal()],
  ['file', () => fileJournal({ directory })],
])('a sink for tenants gets theirs alone, from the %s journal', async (_, journal) => {
  const [acme, both, all] = ['acme', 'both', 'all'].map((name) => memorySink({ name })) as [MemorySink, MemorySink, MemorySink]
  const sinks = [{ sink: acme, tenants: ['acme'] }, { sink: both, tenants: ['acme', 'initech'], events: ['flag:*'] }, all]
  const audit = createAudit({ service: 'selection', events, journal: journal(), logger, sinks })
  for (const tenant of ['acme', 'initech', 'globex', undefined]) {
    await audit.run({ ...(tenant && { tenant }) }, async () => {
      await audit.record('flag:created', {})
      await audit.denied('rule:deleted')
    })
  }
  await audit.record('flag:updated', {}, { tenant: 'acme' })
  await audit.flush()
  await audit.close()
  expect(namesOf(acme)).toEqual(['flag:created', 'rule:deleted', 'flag:updated'])
  expect(both.events.map(({ metadata }) => metadata.tenant)).toEqual(['acme', 'initech', 'acme'])
  expect(all.events.filter(({ type }) => type !== 'audit')).toHaveLength(9)
  expect(audit.stats().sinks['acme']).toMatchObject({ wanted: 3, delivered: 3, pending: 0 })
})

test('without any sink all events are still in the journal', async () => {
  const journal = memoryJournal()
  const audit = createAudit({ service: 'selection', events, logger, journal, sinks: [] })
  for (const name of events.definitions.keys()) expect(await audit.record(name, {})).toMatchObject({ held: 'journal' })
  const cursor = await journal.cursor('reader', { wants: ({ type }) => type !== 'audit', from: 'oldest' })
  const batch = await cursor.next({ maxEvents: 100, maxBytes: 1 << 20, maxAgeMs: 0 }, new AbortController().signal)
  expect(batch.events.map(({ type, action }) => `${type}:${action}`)).toEqual([...events.definitions.keys()])
  await audit.close()
})
