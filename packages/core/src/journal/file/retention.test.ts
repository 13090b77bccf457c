import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { effectiveExtents, type Extent } from './extents.ts'
import { lagTarget, planTrim } from './retention.ts'
import { segmentOf } from './segment-name.ts'

/** Segments with ten events each, of a hundred bytes. */
function extentsOf(count: number): readonly Extent[] {
  return effectiveExtents(Array.from({ length: count }, (_, index) => segmentOf(index * 10, { term: 1, attempt: 0 }))).extents
}
const hundred = () => 100

describe('what may be let go', () => {
  const always = () => true

  test('are whole segments that every reader has passed, from the oldest on', () => {
    expect(planTrim(extentsOf(5), 25, always, hundred)).toEqual({ count: 2, bytes: 200, firstKept: 20 })
    expect(planTrim(extentsOf(5), 30, always, hundred)).toEqual({ count: 3, bytes: 300, firstKept: 30 })
  })

  test('is nothing while the oldest is still needed, or there is but one', () => {
    expect(planTrim(extentsOf(5), 9, always, hundred)).toBeUndefined()
    expect(planTrim(extentsOf(1), 10, always, hundred)).toBeUndefined()
    expect(planTrim([], 10, always, hundred)).toBeUndefined()
  })

  test('never is the one that is written to', () => {
    expect(planTrim(extentsOf(3), 1_000, always, hundred)).toEqual({ count: 2, bytes: 200, firstKept: 20 })
  })

  test('is as much as is asked for, and no more', () => {
    expect(planTrim(extentsOf(5), 50, (_, freed) => freed < 150, hundred)).toMatchObject({ count: 2, bytes: 200 })
  })

  test('ends at the first that must stay: a log has no holes', () => {
    expect(planTrim(extentsOf(5), 50, ({ first }) => first !== 10, hundred)).toMatchObject({ count: 1, firstKept: 10 })
    expect(planTrim(extentsOf(5), 50, ({ first }) => first !== 0, hundred)).toBeUndefined()
  })
})

describe('where a reader goes on that is too far behind', () => {
  test('is nowhere else while no more waits than may', () => {
    expect(lagTarget(extentsOf(3), 0, 300, hundred)).toBeUndefined()
    expect(lagTarget(extentsOf(3), 25, 100, hundred)).toBeUndefined()
  })

  test('is the beginning of the first segment from which on little enough waits', () => {
    expect(lagTarget(extentsOf(5), 0, 250, hundred)).toBe(30)
    expect(lagTarget(extentsOf(5), 15, 399, hundred)).toBe(20)
  })

  test('is never beyond the segment that is written to', () => {
    expect(lagTarget(extentsOf(4), 0, 1, hundred)).toBe(30)
    expect(lagTarget(extentsOf(1), 0, 1, hundred)).toBeUndefined()
  })

  test('leaves as little as it must, in whole segments', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(sizes, fc.nat(90), fc.integer({ min: 1, max: 2_000 }), (bytes, place, maxBytes) => {
        const sizeOf = ({ first }: Extent) => bytes[first / 10]!
        const waitingFrom = (sequence: number) =>
          bytes.reduce((sum, size, index) => (index === bytes.length - 1 || (index + 1) * 10 > sequence ? sum + size : sum), 0)
        const target = lagTarget(extentsOf(bytes.length), place, maxBytes, sizeOf)
        const written = (bytes.length - 1) * 10
        if (target === undefined) {
          expect(waitingFrom(place) <= maxBytes || place >= written).toBe(true)
          return
        }
        expect(target).toBeGreaterThan(place)
        expect(waitingFrom(target) <= maxBytes || target === written).toBe(true)
        // One segment less would have left too much.
        expect(waitingFrom(Math.max(place, target - 10))).toBeGreaterThan(maxBytes)
      }),
    )
  })
})
