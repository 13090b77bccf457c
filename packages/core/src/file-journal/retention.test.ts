import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { effectiveExtents, type Extent } from '../log-format/extents.ts'
import { lagTarget, planTrim } from './retention.ts'
import { segmentOf } from '../log-format/segment-name.ts'

/** Segments with ten events each. */
function extentsOf(count: number): readonly Extent[] {
  return effectiveExtents(Array.from({ length: count }, (_, index) => segmentOf(index * 10, { term: 1, attempt: 0 }))).extents
}
const hundred = () => 100

describe('planTrim()', () => {
  const always = () => true

  test('planTrim() removes complete segments that every cursor has passed, from the oldest on', () => {
    expect(planTrim(extentsOf(5), 25, always, hundred)).toEqual({ count: 2, bytes: 200, firstKept: 20 })
    expect(planTrim(extentsOf(5), 30, always, hundred)).toEqual({ count: 3, bytes: 300, firstKept: 30 })
  })

  test('planTrim() removes nothing while the oldest segment is needed, or is the only one', () => {
    expect(planTrim(extentsOf(5), 9, always, hundred)).toBeUndefined()
    expect(planTrim(extentsOf(1), 10, always, hundred)).toBeUndefined()
    expect(planTrim([], 10, always, hundred)).toBeUndefined()
  })

  test('planTrim() never removes the segment that is being written', () => {
    expect(planTrim(extentsOf(3), 1_000, always, hundred)).toEqual({ count: 2, bytes: 200, firstKept: 20 })
  })

  test('planTrim() removes only as much as is requested', () => {
    expect(planTrim(extentsOf(5), 50, (_, freed) => freed < 150, hundred)).toMatchObject({ count: 2, bytes: 200 })
  })

  test('planTrim() stops at the first segment that must stay, because a log has no holes', () => {
    expect(planTrim(extentsOf(5), 50, ({ first }) => first !== 10, hundred)).toMatchObject({ count: 1, firstKept: 10 })
    expect(planTrim(extentsOf(5), 50, ({ first }) => first !== 0, hundred)).toBeUndefined()
  })
})

describe('lagTarget()', () => {
  test('lagTarget() returns nothing while the backlog is within its limit', () => {
    expect(lagTarget(extentsOf(3), 0, 300, hundred)).toBeUndefined()
    expect(lagTarget(extentsOf(3), 25, 100, hundred)).toBeUndefined()
  })

  test('lagTarget() returns the first segment from which the backlog is within its limit', () => {
    expect(lagTarget(extentsOf(5), 0, 250, hundred)).toBe(30)
    expect(lagTarget(extentsOf(5), 15, 399, hundred)).toBe(20)
  })

  test('lagTarget() never skips the segment that is being written', () => {
    expect(lagTarget(extentsOf(4), 0, 1, hundred)).toBe(30)
    expect(lagTarget(extentsOf(1), 0, 1, hundred)).toBeUndefined()
  })

  test('lagTarget() skips no more complete segments than necessary', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(sizes, fc.nat(90), fc.integer({ min: 1, max: 2_000 }), (bytes, offset, maxBytes) => {
        const sizeOf = ({ first }: Extent) => bytes[first / 10]!
        const waitingFrom = (sequence: number) =>
          bytes.reduce((sum, size, index) => (index === bytes.length - 1 || (index + 1) * 10 > sequence ? sum + size : sum), 0)
        const target = lagTarget(extentsOf(bytes.length), offset, maxBytes, sizeOf)
        const written = (bytes.length - 1) * 10
        if (target === undefined) {
          expect(waitingFrom(offset) <= maxBytes || offset >= written).toBe(true)
          return
        }
        expect(target).toBeGreaterThan(offset)
        expect(waitingFrom(target) <= maxBytes || target === written).toBe(true)
        // One segment less would have left too much.
        expect(waitingFrom(Math.max(offset, target - 10))).toBeGreaterThan(maxBytes)
      }),
    )
  })
})
