import { sampleBatch } from '@audit/core/testing'
import { expect, test } from 'vitest'
import { deliveryId } from './delivery-id.ts'

test('the delivery id of one event is its id', () => {
  const batch = sampleBatch(1)
  expect(deliveryId(batch)).toBe(batch.events[0]!.id)
})

test('the delivery id of several events has the first, the last and their count, and no dots, which would break the signature', () => {
  const batch = sampleBatch(5)
  const [first, last] = [batch.events[0]!.id, batch.events[4]!.id]
  expect(deliveryId(batch)).toBe(`${first}_${last}_5`)
  expect(deliveryId(batch)).not.toContain('.')
})

test('the same events have the same delivery id, and each part of them another', () => {
  const batch = sampleBatch(4)
  const parts = [batch, ...[1, 2, 3].flatMap((at) => [batch.slice(0, at), batch.slice(at, 4)])]
  expect(new Set(parts.map(deliveryId)).size).toBe(parts.length)
  expect(deliveryId(batch.slice(0, 4))).toBe(deliveryId(batch))
})
