import { expect, test } from 'vitest'
import { sampleBatch } from '../testing/sample-events.ts'
import { memorySink } from './memory-sink.ts'

const options = { signal: new AbortController().signal }

test('it shows what it was given, as lines and as events, until it is cleared', async () => {
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

test('what it showed before stays as it was', async () => {
  const sink = memorySink()
  const before = sink.lines
  await sink.write(sampleBatch(1), options)
  expect(before).toEqual([])
})

test('its name is memory, unless told', () => {
  expect([memorySink().name, memorySink({ name: 'trail' }).name]).toEqual(['memory', 'trail'])
})
