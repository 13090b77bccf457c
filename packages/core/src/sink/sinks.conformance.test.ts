import { Writable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { brokenRules, sinkConformance, type SinkSetup } from '../testing/index.ts'
import { consoleSink } from './console-sink.ts'
import { memorySink } from './memory-sink.ts'
import type { Sink } from './sink.ts'

const neverDown = 'memory is never down'

describe('the memory sink', () => {
  const setup = async () => {
    const sink = memorySink()
    return { sink, stored: async () => sink.lines }
  }
  const exceptions = {
    'rejects while the destination is down': neverDown,
    'stores again when the destination is back': neverDown,
    'rejects with errors that quote no event': neverDown,
    'stops when its signal aborts': 'memory answers at once',
    'stores the other events of a refused batch and names the refused ones, or only reports a refusal': 'memory refuses nothing',
  }
  for (const rule of sinkConformance(setup, exceptions)) test(rule.name, rule.run)
})

describe('the console sink', () => {
  const exceptions = {
    'stores an event that comes twice once': 'a stream cannot take back; readers deduplicate on id',
    'stores again when the destination is back': 'a stream that has failed stays so',
    'stores the other events of a refused batch and names the refused ones, or only reports a refusal':
      'a stream refuses nothing',
  }
  for (const rule of sinkConformance(async () => streamSetup(consoleSink), exceptions)) test(rule.name, rule.run)
})

test('a sink that logs its error and returns, as if it had stored the batch, does not pass', async () => {
  const logged: unknown[] = []
  const swallowing = (options: { readonly stream: Writable }): Sink => {
    const sink = consoleSink(options)
    return {
      name: 'swallowing',
      write: (batch, { signal }) => sink.write(batch, { signal }).catch((error) => void logged.push(error)),
    }
  }
  const broken = await brokenRules(sinkConformance(async () => streamSetup(swallowing)))
  expect([...broken.keys()]).toEqual(
    expect.arrayContaining([
      'rejects and stores nothing when its signal is aborted already',
      'rejects while the destination is down',
      'stops when its signal aborts',
      'rejects a write after close',
    ]),
  )
  expect(logged).not.toEqual([])
})

test('an exception for a rule that holds is stale, and one for no rule is a typo', async () => {
  const setup = async () => streamSetup(consoleSink)
  const stale = await brokenRules(sinkConformance(setup, { 'stores one event': 'none' }))
  expect(stale.get('stores one event (excepted: none)')).toMatch(/remove its exception/)
  expect(() => sinkConformance(setup, { 'stores on event': 'none' })).toThrow(/There is no rule 'stores on event'/)
})

/** A real stream whose far end can break, hang and come back. */
function streamSetup(create: (options: { readonly stream: Writable }) => Sink): SinkSetup {
  let mode: 'up' | 'down' | 'stalled' = 'up'
  let text = ''
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, callback) {
      if (mode === 'stalled') return
      if (mode === 'up') text += chunk
      callback(mode === 'down' ? Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }) : null)
    },
    autoDestroy: false,
  })
  return {
    sink: create({ stream }),
    stored: async () => text.split('\n').slice(0, -1),
    breakDown: async () => void (mode = 'down'),
    repair: async () => void (mode = 'up'),
    stall: async () => void (mode = 'stalled'),
  }
}
