import fc from 'fast-check'
import { expect, test } from 'vitest'
import { keysOf, logLines, segmentName } from '../../test/log-files.ts'
import { simulatedDisk } from '../../test/simulated-disk.ts'
import { seededRandom } from '../../test/simulated-random.ts'
import { BackwardReader } from './backward-reader.ts'
import { ForwardReader } from './forward-reader.ts'
import type { SourceReader } from './trail-stream.ts'
import { SourceSegments } from './source-segments.ts'

interface Written {
  readonly first: number
  readonly count: number
  readonly cut: number
}

const written = fc.array(
  fc.record({ first: fc.nat({ max: 400 }), count: fc.integer({ min: 1, max: 400 }), cut: fc.nat({ max: 40 }) }),
  { minLength: 1, maxLength: 6 },
)

/**
 * The meaning of the files of a log, computed without the readers' code: later generations void the lines from their beginning
 * on.
 */
function meaning(segments: readonly Written[]): readonly string[] {
  let lines: (string | undefined)[] = []
  segments.forEach(({ first, count, cut }, term) => {
    lines = lines.slice(0, first)
    // A cut at the end removes the last line as well.
    for (let index = 0; index < count - (cut > 0 ? 1 : 0); index++) lines[first + index] = `${term} ${first + index}`
  })
  return lines.filter((line) => line !== undefined)
}

async function all(reader: SourceReader): Promise<readonly string[]> {
  const lines: string[] = []
  for (let record = await reader.next(); record; record = await reader.next()) lines.push(record.line)
  await reader.release()
  return keysOf(lines)
}

test('both directions return the valid lines, whatever the generations of a log', async () => {
  await fc.assert(
    fc.asyncProperty(written, async (segments) => {
      const disk = simulatedDisk({ random: seededRandom(1) })
      await disk.makeDirectory('/source')
      await disk.makeDirectory('/source/log')
      for (const [term, { first, count, cut }] of segments.entries()) {
        const file = await disk.open(`/source/log/${segmentName(first, term + 1)}`, 'create')
        const text = Buffer.from(logLines(first, count, String(term)))
        await file.write(text.subarray(0, text.length - cut))
        await file.close()
      }
      const expected = meaning(segments)
      const log = () => new SourceSegments(disk, '/source')
      expect(await all(new ForwardReader({ segments: log(), since: -Infinity }))).toEqual(expected)
      expect(await all(new BackwardReader({ segments: log(), since: -Infinity }))).toEqual(expected.toReversed())
    }),
    { numRuns: 100 },
  )
})
