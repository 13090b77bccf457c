import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { effectiveExtents, extentAt, withSegment } from './extents.ts'
import { compareGenerations, segmentOf, type Segment } from './segment-name.ts'

const LAST = 14

/** Segments as a log makes them: once a generation begins, all new segments belong to it or to a later one. */
const segmentSets = fc
  .uniqueArray(fc.record({ first: fc.nat(LAST), term: fc.integer({ min: 1, max: 4 }), attempt: fc.nat(3) }), {
    maxLength: 8,
    selector: ({ first, term, attempt }) => `${first}.${term}-${attempt}`,
  })
  .map((offsets) => offsets.map(({ first, term, attempt }) => segmentOf(first, { term, attempt })))

/** Applies the segments in the order in which they were begun; each one overwrites what follows its first sequence. */
function naive(segments: readonly Segment[]): (Segment | undefined)[] {
  const counting: (Segment | undefined)[] = Array.from({ length: LAST + 3 })
  const begun = segments.toSorted((one, other) => compareGenerations(one.generation, other.generation) || one.first - other.first)
  for (const segment of begun) counting.fill(segment, segment.first)
  return counting
}

describe('the segment that counts for a sequence', () => {
  test('the segment for each sequence is the same as in a naive model', () => {
    fc.assert(
      fc.property(segmentSets, (segments) => {
        const { extents, superseded } = effectiveExtents(segments)
        const expected = naive(segments)
        for (const [sequence, segment] of expected.entries()) {
          const extent = extentAt(extents, sequence)
          const found = extent && extent.first <= sequence ? extent.segment : undefined
          expect(found?.name, `sequence ${sequence} of ${segments.map(({ name }) => name).join()}`).toBe(segment?.name)
        }
        const counting = new Set(expected)
        expect(new Set(superseded)).toEqual(new Set(segments.filter((segment) => !counting.has(segment))))
      }),
      { numRuns: 1_000 },
    )
  })

  test('the segment for a sequence does not depend on the order of the directory', () => {
    fc.assert(
      fc.property(
        segmentSets.chain((segments) =>
          fc.tuple(fc.constant(segments), fc.shuffledSubarray(segments, { minLength: segments.length })),
        ),
        ([segments, shuffled]) => {
          expect(effectiveExtents(shuffled).extents).toEqual(effectiveExtents(segments).extents)
        },
      ),
    )
  })

  test('extents have no holes, from the oldest sequence on, and the last one is open', () => {
    fc.assert(
      fc.property(segmentSets, (segments) => {
        const { extents } = effectiveExtents(segments)
        extents.forEach(({ first, end }, index) => {
          expect(end).toBe(extents[index + 1]?.first ?? Infinity)
          expect(end).toBeGreaterThan(first)
        })
      }),
    )
  })

  test('adding a segment of the latest generation has the same result as computing all extents again', () => {
    fc.assert(
      fc.property(segmentSets, fc.nat(LAST), (segments, first) => {
        const latest = segmentOf(first, { term: 9, attempt: 0 })
        expect(withSegment(effectiveExtents(segments).extents, latest)).toEqual(effectiveExtents([...segments, latest]).extents)
      }),
    )
  })

  test('terms and attempts are ordered as numbers: the tenth comes after the ninth', () => {
    const [ninth, tenth] = [segmentOf(3, { term: 9, attempt: 9 }), segmentOf(3, { term: 10, attempt: 0 })]
    expect(effectiveExtents([tenth, ninth])).toEqual({
      extents: [{ segment: tenth, first: 3, end: Infinity }],
      superseded: [ninth],
    })
  })

  test('an offset before the oldest extent belongs to that one, and an empty log has no extent', () => {
    const segment = segmentOf(5, { term: 1, attempt: 0 })
    const { extents } = effectiveExtents([segment])
    expect(extentAt(extents, 0)?.segment).toBe(segment)
    expect(extentAt(extents, 1e9)?.segment).toBe(segment)
    expect(extentAt([], 0)).toBeUndefined()
  })
})
