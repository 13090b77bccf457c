import { describe, expect, test } from 'vitest'
import { brokenRules, journalConformance } from '../testing/index.ts'
import type { Journal } from './journal.ts'
import { memoryJournal } from './memory-journal.ts'

describe('the memory journal keeps every rule', () => {
  for (const rule of journalConformance(async () => ({ journal: memoryJournal({ maxBytes: 500_000 }) }))) test(rule.name, rule.run)
})

test('a journal that drops when it is full does not pass', async () => {
  const dropping = (journal: Journal): Journal => ({
    open: (options) => journal.open(options),
    append: (events) => journal.append(events).catch(() => undefined),
    cursor: (name, options) => journal.cursor(name, options),
    status: () => journal.status(),
    close: () => journal.close(),
  })
  const broken = await brokenRules(journalConformance(async () => ({ journal: dropping(memoryJournal({ maxBytes: 500_000 })) })))
  expect([...broken.keys()]).toEqual([
    'rejects when it is full, holding none of the group, and takes events again when there is room',
    'keeps room for the facts about what was lost',
    'ends when it is closed, and so do its readers',
  ])
})

test.each([0, -1, 1.5, Number.NaN])('maxBytes of %s is an error', (maxBytes) => {
  expect(() => memoryJournal({ maxBytes })).toThrow(/whole number of bytes/)
})
