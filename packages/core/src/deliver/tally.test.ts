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

test('what is in the log and was not told of is told of next', () => {
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

test('another log begins at its own place', () => {
  const tally = new Tally()
  tally.begin(at('a', 40))
  tally.told(5)
  expect(tally.untold(at('b', 3))).toBe(0)
  expect(tally.untold(at('b', 5))).toBe(2)
})

test('the head of a stream is passed over, whatever its parts', () => {
  const head = new Head(4)
  expect(head.rest([1, 2, 3])).toEqual([])
  expect(head.rest([4, 5])).toEqual([5])
  expect(head.rest([6])).toEqual([6])
})
