import { sampleBatch } from '@audit/core/testing'
import { expect, test } from 'vitest'
import { deliveryId } from './delivery-id.ts'

test('of one event it is the id of the event', () => {
  const batch = sampleBatch(1)
  expect(deliveryId(batch)).toBe(batch.events[0]!.id)
})

test('of several it names the first, the last and their count, and needs no dots, which the signature separates with', () => {
  const batch = sampleBatch(5)
  const [first, last] = [batch.events[0]!.id, batch.events[4]!.id]
  expect(deliveryId(batch)).toBe(`${first}_${last}_5`)
  expect(deliveryId(batch)).not.toContain('.')
})

test('the same events have the same id, every part of them another', () => {
  const batch = sampleBatch(4)
  const parts = [batch, ...[1, 2, 3].flatMap((at) => [batch.slice(0, at), batch.slice(at, 4)])]
  expect(new Set(parts.map(deliveryId)).size).toBe(parts.length)
  expect(deliveryId(batch.slice(0, 4))).toBe(deliveryId(batch))
})
