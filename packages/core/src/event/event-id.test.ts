import { expect, test } from 'vitest'
import { systemClock } from '../clock.ts'
import { manualClock } from '../testing/manual-clock.ts'
import { createEventIds } from './event-id.ts'

test('ids are UUIDs of version 7, by RFC 9562', () => {
  const clock = manualClock({ now: 0x017f22e279b0 })
  expect(createEventIds(clock)()).toMatch(/^017f22e2-79b0-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})

test('a hundred thousand ids within one millisecond are unique and ascend', () => {
  const nextId = createEventIds(manualClock())
  const ids = Array.from({ length: 100_000 }, () => nextId())
  expect(ids.every((id, index) => index === 0 || id > ids[index - 1]!)).toBe(true)
})

test('ids ascend when the clock steps back, and after years', () => {
  const clock = manualClock()
  const nextId = createEventIds(clock)
  const ids = [0, -3_600_000, 1, 10 * 365 * 86_400_000, -25 * 365 * 86_400_000].map((ms) => {
    clock.jump(ms)
    return nextId()
  })
  expect(ids.toSorted()).toEqual(ids)
})

test('two processes do not make the same ids', () => {
  const [one, other] = [createEventIds(systemClock), createEventIds(systemClock)]
  const ids = new Set(Array.from({ length: 10_000 }, (_, index) => (index % 2 ? one() : other())))
  expect(ids.size).toBe(10_000)
})
