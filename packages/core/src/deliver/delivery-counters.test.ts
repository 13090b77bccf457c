import { expect, test } from 'vitest'
import { DeliveryCounters } from './delivery-counters.ts'

test('a flush ends when its events have settled, whatever comes after them', async () => {
  let pending = 2
  const counters = new DeliveryCounters(() => pending)
  let isFlushed = false
  const flushed = counters.flushed()!.then(() => (isFlushed = true))
  pending = 5
  counters.settled(1, 0)
  await Promise.resolve()
  expect(isFlushed).toBe(false)
  counters.settled(0, 1)
  await flushed
})

test('a flush ends when nothing is pending, even if another process took some of the events', async () => {
  let pending = 3
  const counters = new DeliveryCounters(() => pending)
  const flushed = counters.flushed()
  pending = 0
  counters.settled(1, 0)
  await flushed
  expect(counters.isHurried).toBe(false)
})
