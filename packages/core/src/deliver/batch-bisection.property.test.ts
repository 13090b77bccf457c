import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BatchBisection, type Range } from './batch-bisection.ts'

const refusal = { kind: 'refused', error: undefined, indexes: undefined, stored: 0, parks: false } as const

/** A sink that refuses the events at the given offsets of the batch, once or always. */
interface Outcome {
  readonly accepted: ReadonlySet<number>
  readonly rejected: readonly number[]
  readonly settled: number
  readonly unconfirmed: number
  readonly writes: readonly Range[]
}

function run(size: number, refuses: (offset: number) => boolean, listsRefused = false): Outcome {
  const bisection = new BatchBisection(size)
  const accepted = new Set<number>()
  const rejected: number[] = []
  const writes: Range[] = []
  let settled = 0
  for (let range = bisection.next(); range; range = bisection.next()) {
    writes.push(range)
    const offsets = Array.from({ length: range.to - range.from }, (_, index) => range.from + index)
    const refused = offsets.filter(refuses)
    if (refused.length === 0 || listsRefused) for (const offset of offsets) if (!refuses(offset)) accepted.add(offset)
    const indexes = listsRefused ? refused.map((offset) => offset - range.from) : undefined
    const split = bisection.split(refused.length === 0 ? { kind: 'accepted' } : { ...refusal, indexes })
    rejected.push(...split.rejected)
    settled = split.to
    if (writes.length > 10 * size + 10) throw new Error('It does not end.')
  }
  return { accepted, rejected, settled, unconfirmed: bisection.unconfirmed, writes }
}

const size = fc.integer({ min: 1, max: 200 })
const batch = size.chain((count) =>
  fc.tuple(fc.constant(count), fc.uniqueArray(fc.integer({ min: 0, max: count - 1 }), { maxLength: count })),
)

describe('splitting a refused batch', () => {
  test('a bisection settles each event exactly once, in order, and dead-letters only refused ones', () => {
    fc.assert(
      fc.property(batch, fc.boolean(), ([count, bad], lists) => {
        const poison = new Set(bad)
        const { accepted, rejected, settled } = run(count, (offset) => poison.has(offset), lists)
        expect(new Set(rejected).size).toBe(rejected.length)
        for (const offset of rejected) expect(poison.has(offset)).toBe(true)
        for (let offset = 0; offset < settled; offset++) expect(accepted.has(offset) !== rejected.includes(offset)).toBe(true)
        for (const offset of rejected) expect(offset).toBeLessThan(settled)
      }),
      { numRuns: 2_000 },
    )
  })

  test('a bisection never sends an accepted event again', () => {
    fc.assert(
      fc.property(batch, ([count, bad]) => {
        const poison = new Set(bad)
        const { writes } = run(count, (offset) => poison.has(offset))
        const acceptedWrites = writes.filter(({ from, to }) => !bad.some((offset) => offset >= from && offset < to))
        const sent = acceptedWrites.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, index) => from + index))
        expect(new Set(sent).size).toBe(sent.length)
      }),
      { numRuns: 1_000 },
    )
  })

  test('a bisection finds one poison event anywhere in a batch in some twenty writes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 200 }).chain((count) => fc.tuple(fc.constant(count), fc.nat(count - 1))),
        ([count, offset]) => {
          const { rejected, settled, writes } = run(count, (each) => each === offset)
          expect([rejected, settled]).toEqual([[offset], count])
          expect(writes.length).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(count)) + 3)
        },
      ),
    )
  })

  test('a bisection blames no event when the sink refuses everything, and soon stops asking', () => {
    fc.assert(
      fc.property(size, (count) => {
        const { rejected, settled, unconfirmed, writes } = run(count, () => true)
        expect([rejected, settled]).toEqual([[], 0])
        expect(unconfirmed).toBe(Math.min(2, count))
        expect(writes.length).toBeLessThanOrEqual(Math.ceil(Math.log2(count + 1)) + 3)
      }),
    )
  })

  test('a bisection dead-letters the events that a sink lists as refused, in one write', () => {
    const { rejected, settled, writes } = run(100, (offset) => offset % 10 === 3, true)
    expect([rejected.length, settled, writes.length]).toEqual([10, 100, 1])
  })

  test('a bisection blames at most one event when the sink breaks in the middle', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 200 }), fc.nat(20), (count, until) => {
        let writes = 0
        const bisection = new BatchBisection(count)
        const rejected: number[] = []
        for (let range = bisection.next(); range; range = bisection.next()) {
          // The last offset is poison, which starts the bisection; from some write on everything is refused.
          const isRefused = range.to === count || writes++ > until
          const split = bisection.split(isRefused ? refusal : { kind: 'accepted' })
          rejected.push(...split.rejected.filter((offset) => offset !== count - 1))
        }
        expect(rejected.length).toBeLessThanOrEqual(1)
      }),
    )
  })
})
