import { expect, test } from 'vitest'
import { sampleBatch } from '../testing/sample-events.ts'
import { memorySink } from './memory-sink.ts'

const options = { signal: new AbortController().signal }

test('a memory sink shows its events, as lines and as objects, until it is cleared', async () => {
  const sink = memorySink()
  const batch = sampleBatch(2)
  await sink.write(batch, options)
  expect(sink.lines).toEqual(batch.lines)
  expect(sink.events).toEqual(batch.events)
  sink.clear()
  expect([sink.lines, sink.events]).toEqual([[], []])
})

test('an event that comes again keeps its place and its first text', async () => {
  const sink = memorySink()
  const batch = sampleBatch(3)
  await sink.write(batch.slice(0, 2), options)
  await sink.write(batch, options)
  expect(sink.lines).toEqual(batch.lines)
})

test('lists that a memory sink returned earlier do not change', async () => {
  const sink = memorySink()
  const before = sink.lines
  await sink.write(sampleBatch(1), options)
  expect(before).toEqual([])
})

test('the memory sink is named memory by default', () => {
  expect([memorySink().name, memorySink({ name: 'trail' }).name]).toEqual(['memory', 'trail'])
})
