import { expect, test } from 'vitest'
import { SharedRooms } from './shared-rooms.ts'
import { TailTimes } from './tail-times.ts'

const minute = 60_000

test('is exact for the last 32 lines, with gaps between their sequences', () => {
  const times = new TailTimes(new SharedRooms())
  for (let line = 0; line < 32; line++) times.add(line * 3, line * minute)
  expect(times.spanFrom(0)).toBe(31 * minute)
  expect(times.spanFrom(45)).toBe(16 * minute)
  expect(times.spanFrom(46)).toBe(15 * minute)
  expect(times.spanFrom(94)).toBe(0)
})

test('forgets the lines that a checkpoint covers', () => {
  const times = new TailTimes(new SharedRooms())
  for (let line = 0; line < 30; line++) times.add(line, line * minute)
  times.coveredTo(28)
  for (let line = 30; line < 60; line++) times.add(line, line * minute)
  expect(times.spanFrom(28)).toBe(31 * minute)
  times.coveredTo(60)
  expect(times.spanFrom(0)).toBe(0)
  times.add(60, 0)
  times.add(61, minute)
  expect(times.spanFrom(60)).toBe(minute)
})

test('takes a tail of many lines at most a block of them too long', () => {
  const times = new TailTimes(new SharedRooms())
  for (let line = 0; line < 10_000; line++) times.add(line, line)
  for (const from of [0, 1, 4_999, 9_999]) {
    expect(times.spanFrom(from)).toBeGreaterThanOrEqual(9_999 - from)
    expect(times.spanFrom(from)).toBeLessThanOrEqual(9_999 - from + 1_024)
  }
})

test('a block of a busy time does not grow through the quiet time after it', () => {
  const times = new TailTimes(new SharedRooms())
  const busy = 100_000
  for (let line = 0; line < busy; line++) times.add(line, line)
  times.coveredTo(busy - 10)
  for (let line = busy; line < busy + 500; line++) {
    times.add(line, busy + (line - busy) * minute)
    expect(times.spanFrom(line - 3)).toBeLessThanOrEqual(5 * minute)
    times.coveredTo(line - 3)
  }
})

test.each([1, 100])('does not limit a tail of %i lines and one without a time', (lines) => {
  const times = new TailTimes(new SharedRooms())
  for (let line = 0; line < lines; line++) times.add(line, line)
  times.add(lines, Number.NaN)
  expect(times.spanFrom(0)).toBe(Infinity)
})

test('logs that share memory keep their own times', () => {
  const rooms = new SharedRooms()
  const logs = Array.from({ length: 50 }, () => new TailTimes(rooms))
  for (let line = 0; line < 40; line++)
    for (const [log, times] of logs.entries()) if (line < 20 + log) times.add(line, line * log)
  for (const [log, times] of logs.entries()) expect(times.spanFrom(0)).toBe(Math.min(39, 19 + log) * log)
})
