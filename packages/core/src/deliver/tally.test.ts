import { expect, test } from 'vitest'
import type { JournalStatus } from '../journal/journal.ts'
import { Head, Tally } from './tally.ts'

const at = (source: string, end: number): JournalStatus => ({
  state: 'open',
  durability: 'disk',
  source,
  end,
  events: end,
  bytes: 0,
  maxBytes: 1,
})

test('the tally counts the events of the log that were not reported yet', () => {
  const tally = new Tally()
  tally.told(2)
  tally.begin(at('a', 40))
  expect(tally.untold(at('a', 40))).toBe(0)
  expect(tally.untold(at('a', 47))).toBe(7)
  tally.told(5)
  expect(tally.untold(at('a', 47))).toBe(2)
  tally.told(2)
  expect(tally.untold(at('a', 47))).toBe(0)
})

test('the tally starts again at the end of a new log', () => {
  const tally = new Tally()
  tally.begin(at('a', 40))
  tally.told(5)
  expect(tally.untold(at('b', 3))).toBe(0)
  expect(tally.untold(at('b', 5))).toBe(2)
})

test('the head of a stream is skipped, however the stream is split', () => {
  const head = new Head(4)
  expect(head.rest([1, 2, 3])).toEqual([])
  expect(head.rest([4, 5])).toEqual([5])
  expect(head.rest([6])).toEqual([6])
})
