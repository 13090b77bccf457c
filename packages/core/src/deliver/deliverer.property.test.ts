import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createReporter } from '../logger.ts'
import { memoryJournal } from '../journal/memory-journal.ts'
import type { Sink } from '../sink/sink.ts'
import { SinkError } from '../sink/sink-error.ts'
import { journalOpening } from '../testing/journal-opening.ts'
import { manualClock } from '../testing/manual-clock.ts'
import { sampleEncoded } from '../testing/sample-events.ts'
import { memoryDeadLetters } from '../journal/memory-dead-letters.ts'
import { Deliverer } from './deliverer.ts'

/** The behaviour of a sink for one batch. */
const moods = [
  'accept',
  'fail',
  'refuse',
  'refuse-first',
  'turn-away',
  'store-some-and-fail',
  'store-some-and-refuse',
  'store-and-fail',
  'hang',
  'answer-late',
] as const

const mood = fc.constantFrom(...moods)

test('whatever a sink does, no event is lost or overtaken, and only refused events become dead letters', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(mood, { maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 4 }),
      async (moods, groups) => {
        const clock = manualClock()
        const journal = memoryJournal()
        await journal.open(journalOpening(clock))
        const cursor = await journal.cursor('sink', { wants: () => true, from: 'oldest' })
        const stored: number[] = []
        const refused = new Set<number>()
        // After a third write that never returns, the sink would get no more writes, as it should be.
        const script = moods.filter((each, index) => each !== 'hang' || moods.indexOf('hang') === index)
        const sink: Sink = {
          name: 'sink',
          async write(batch, { signal }) {
            const offsets = batch.events.map((event) => event.sequence!)
            switch (script.shift() ?? 'accept') {
              case 'fail':
                throw new Error('down')
              case 'refuse':
                for (const offset of offsets) refused.add(offset)
                throw new SinkError('No.', { retryable: false })
              case 'turn-away':
                throw new SinkError('Not you.', { parks: true })
              case 'store-some-and-fail':
                stored.push(...offsets.slice(0, 2))
                throw new SinkError('Two and no more.', { stored: 2 })
              case 'store-some-and-refuse':
                stored.push(...offsets.slice(0, 1))
                for (const offset of offsets.slice(1)) refused.add(offset)
                throw new SinkError('One, and not the next.', { stored: 1, retryable: false })
              case 'refuse-first':
                refused.add(offsets[0]!)
                stored.push(...offsets.slice(1))
                throw new SinkError('Not the first.', { refused: [0] })
              case 'hang':
                return new Promise(() => undefined)
              case 'answer-late':
                await new Promise((resolve) => signal.addEventListener('abort', resolve))
                throw new Error('stopped')
              case 'store-and-fail':
                stored.push(...offsets)
                throw new Error('the answer was lost')
              default:
                stored.push(...offsets)
            }
          },
        }
        const deadLetters = memoryDeadLetters()
        const deliverer = new Deliverer({
          name: 'sink',
          sink,
          cursor,
          deadLetters,
          clock,
          batch: { maxEvents: 5, maxBytes: 1 << 20, maxAgeMs: 100 },
          retry: { minDelayMs: 100, maxDelayMs: 1_000, deadlineMs: 1_000 },
          reporter: createReporter({ warn: () => undefined, error: () => undefined }, clock),
          publish: () => undefined,
          onAcknowledged: () => undefined,
          onDeadLettered: () => undefined,
        })
        deliverer.start()
        let count = 0
        for (const size of groups) {
          await journal.append(Array.from({ length: size }, () => sampleEncoded()))
          count += size
          await clock.advance(50)
        }
        await clock.advance(60_000)
        // One more event shows whether the last refused one is at fault; it comes when the script is over, so it is accepted.
        await journal.append([sampleEncoded()])
        await clock.advance(60_000)

        const dead = (await deadLetters.list()).map(({ line }) => (JSON.parse(line) as { sequence: number }).sequence)
        const all = Array.from({ length: count + 1 }, (_, offset) => offset)
        expect([...new Set([...stored, ...dead])].toSorted((a, b) => a - b)).toEqual(all)
        for (const offset of dead) expect(refused.has(offset)).toBe(true)
        // An event that a sink refuses for good and accepts later arrives when it is accepted.
        const firstTimes = all.filter((offset) => !refused.has(offset)).map((offset) => stored.indexOf(offset))
        expect(firstTimes).toEqual(firstTimes.toSorted((a, b) => a - b))
        expect(deliverer.pending).toBe(0)
        expect(deliverer.counts).toMatchObject({
          wanted: count + 1,
          delivered: count + 1 - dead.length,
          deadLettered: dead.length,
          lost: 0,
        })
      },
    ),
    { numRuns: 500 },
  )
})
