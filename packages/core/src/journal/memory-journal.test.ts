import { describe, expect, test } from 'vitest'
import { createAudit, defineEvents, memorySink, noPayload } from '../index.ts'
import { brokenRules, journalConformance } from '../testing/index.ts'
import type { Journal } from './journal.ts'
import { memoryJournal } from './memory-journal.ts'

const exceptions = { 'keeps its events and the offsets of its cursors when it is opened again': 'memory ends with its process' }

describe('the memory journal keeps every rule', () => {
  const setup = async () => ({ journal: memoryJournal({ maxBytes: 500_000 }) })
  for (const rule of journalConformance(setup, exceptions)) test(rule.name, rule.run)
})

test('a journal that drops events when it is full does not pass', async () => {
  const dropping = (journal: Journal): Journal => ({
    open: (options) => journal.open(options),
    append: (events) => journal.append(events).catch(() => undefined),
    cursor: (name, options) => journal.cursor(name, options),
    status: () => journal.status(),
    close: () => journal.close(),
  })
  const broken = await brokenRules(
    journalConformance(async () => ({ journal: dropping(memoryJournal({ maxBytes: 500_000 })) }), exceptions),
  )
  expect([...broken.keys()]).toEqual([
    'rejects when it is full, holding none of the group, and accepts events again when there is room',
    'keeps room for the audit:* events about losses',
    'accepts no events after it is closed',
  ])
})

test.each([0, -1, 1.5, Number.NaN])('memoryJournal({ maxBytes: %s }) throws', (maxBytes) => {
  expect(() => memoryJournal({ maxBytes })).toThrow('maxBytes: give a whole number from 1 to')
})

test('an audit that is given a memory journal logs nothing from its start to its close', async () => {
  const logged: string[] = []
  const logger = { warn: (message: string) => void logged.push(message), error: (message: string) => void logged.push(message) }
  const events = defineEvents({ flag: { created: noPayload } })
  const audit = createAudit({ service: 'test', events, journal: memoryJournal(), sinks: [memorySink()], logger })
  await audit.ready()
  await audit.record('flag:created', null)
  await audit.close()
  expect(logged).toEqual([])
})
