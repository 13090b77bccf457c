import { expect, test } from 'vitest'
import { sampleBatch, sampleEncoded, sampleEvent } from './sample-events.ts'

test('sample events have different, ascending ids', () => {
  const ids = Array.from({ length: 100 }, () => sampleEvent().id)
  expect(new Set(ids).size).toBe(100)
  expect(ids.toSorted()).toEqual(ids)
})

test('a sample batch is like one of a journal: text with source and sequence, its size, its end', () => {
  const batch = sampleBatch(3, (index) => ({ action: 'updated', payload: { index } }))
  expect(batch.events.map(({ action, payload, sequence }) => ({ action, payload, sequence }))).toEqual(
    [0, 1, 2].map((index) => ({ action: 'updated', payload: { index }, sequence: index })),
  )
  expect(batch.end).toBe(3)
  expect(batch.byteLength).toBe(Buffer.byteLength(batch.lines.map((line) => `${line}\n`).join('')))
})

test('a sample of an encoded event has no closing brace', () => {
  const { head, byteLength, id } = sampleEncoded({ payload: { key: '\u00e9' } })
  expect(JSON.parse(`${head}}`)).toMatchObject({ id, payload: { key: '\u00e9' } })
  expect(byteLength).toBe(Buffer.byteLength(head))
})
