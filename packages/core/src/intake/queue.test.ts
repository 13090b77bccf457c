import { describe, expect, test } from 'vitest'
import { sampleEncoded } from '../testing/sample-events.ts'
import { LossLedger } from './loss-ledger.ts'
import { Queue } from './queue.ts'
import { WaitingEvent } from './waiting-event.ts'

const waiting = (ordinal: number, bytes = 10) =>
  new WaitingEvent(sampleEncoded(), { bytes, failMode: 'open', ordinal, deadline: 0 })
const ordinals = (events: Iterable<WaitingEvent>) => [...events].map(({ ordinal }) => ordinal)

describe('the queue', () => {
  test('the queue keeps a fifth of its space for events that must not be lost', () => {
    const queue = new Queue({ maxEvents: 10, maxBytes: 1_000 })
    for (let index = 0; index < 8; index++) queue.add(waiting(index))
    expect([queue.hasRoomFor(1, false), queue.hasRoomFor(1, true), queue.hasRoomFor(921, true)]).toEqual([false, true, false])
  })

  test('the queue returns the oldest events, by count and bytes, and puts them back in order', () => {
    const queue = new Queue({ maxEvents: 10, maxBytes: 1_000 })
    for (let index = 0; index < 6; index++) queue.add(waiting(index))
    const group = queue.take(4, 25)
    expect(ordinals(group)).toEqual([0, 1])
    expect(queue.count).toBe(6)
    queue.restore(group)
    expect(ordinals(queue.waiting())).toEqual([0, 1, 2, 3, 4, 5])
    expect(ordinals(queue.take(1, 1))).toEqual([0])
  })

  test('the queue removes cancelled events, even a hundred thousand of them while nothing can be written', () => {
    const queue = new Queue({ maxEvents: 100_000, maxBytes: 1e9 })
    queue.add(waiting(0))
    for (let index = 1; index <= 100_000; index++) {
      const event = waiting(index)
      queue.add(event)
      queue.cancel(event)
    }
    expect([queue.count, ordinals(queue.take(10, 1e9))]).toEqual([1, [0]])
  })
})

describe('the loss ledger', () => {
  test('the loss ledger counts losses by name, reason and sink, and removes only those that were written', () => {
    const ledger = new LossLedger()
    ledger.add({ name: 'flag:created', reason: 'queue-full', count: 2 }, 't1')
    ledger.add({ name: 'flag:created', reason: 'queue-full', count: 1 }, 't2')
    ledger.add({ name: 'flag:created', reason: 'lag', sink: 's', count: 5 }, 't2')
    const report = ledger.report()
    expect(report).toEqual({
      count: 8,
      losses: [
        { name: 'flag:created', reason: 'queue-full', count: 3, from: 't1', to: 't2' },
        { name: 'flag:created', reason: 'lag', sink: 's', count: 5, from: 't2', to: 't2' },
      ],
    })
    ledger.add({ name: 'flag:created', reason: 'queue-full', count: 4 }, 't3')
    ledger.settle(report)
    expect(ledger.report()).toEqual({
      count: 4,
      losses: [{ name: 'flag:created', reason: 'queue-full', count: 4, from: 't2', to: 't3' }],
    })
  })
})
