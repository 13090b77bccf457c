import { describe, expect, test } from 'vitest'
import { keys } from '../../test/honest-journal.ts'
import { copyOf } from '../../test/log-states.ts'
import { runAudit } from '../../test/run-audit.ts'
import type { TrailReport } from './report.ts'

// Whatever was done to the lines of a copy, every line of a proven range is the original, and the count of proven events is the
// number of events in these ranges.

const altered = (line: string) => line.replace('"status":"success"', '"status":"failure"')
const sequenceOf = (line: string) => (JSON.parse(line) as { readonly sequence: number }).sequence
const swapped = (lines: readonly string[], one: number, other: number) =>
  lines.map((line, at) => (at === one ? lines[other]! : at === other ? lines[one]! : line))
const at = (lines: readonly string[], place: number, ...put: readonly string[]) => lines.toSpliced(place, 0, ...put)

const harms: readonly [name: string, harm: (lines: readonly string[]) => readonly string[]][] = [
  ['nothing', (lines) => lines],
  ['two neighbours swapped', (lines) => swapped(lines, 10, 11)],
  ['two lines swapped', (lines) => swapped(lines, 5, 15)],
  ['the first two swapped', (lines) => swapped(lines, 0, 1)],
  ['the first two swapped, the first altered', (lines) => swapped([altered(lines[0]!), ...lines.slice(1)], 0, 1)],
  ['the first two swapped, the second altered', (lines) => swapped([lines[0]!, altered(lines[1]!), ...lines.slice(2)], 0, 1)],
  ['the first and a later one swapped', (lines) => swapped(lines, 0, 12)],
  [
    'the first and a later one swapped, both altered',
    (lines) =>
      swapped(
        lines.map((line, n) => (n === 0 || n === 12 ? altered(line) : line)),
        0,
        12,
      ),
  ],
  ['a later part first', (lines) => [...lines.slice(15), ...lines.slice(0, 15)]],
  ['a later part first, the other altered', (lines) => [...lines.slice(15), ...lines.slice(0, 15).map(altered)]],
  ['a line altered', (lines) => lines.map((line, n) => (n === 7 ? altered(line) : line))],
  [
    'two neighbours swapped, the first altered',
    (lines) =>
      swapped(
        lines.map((line, n) => (n === 10 ? altered(line) : line)),
        10,
        11,
      ),
  ],
  [
    'two neighbours swapped, the second altered',
    (lines) =>
      swapped(
        lines.map((line, n) => (n === 11 ? altered(line) : line)),
        10,
        11,
      ),
  ],
  ['a line twice', (lines) => at(lines, 12, lines[11]!)],
  ['a line twice, the second altered', (lines) => at(lines, 12, altered(lines[11]!))],
  ['a line twice, the first altered', (lines) => at(lines, 11, altered(lines[11]!))],
  ['an altered line again at the end', (lines) => [...lines, altered(lines[11]!)]],
  ['an altered line in front', (lines) => [altered(lines[11]!), ...lines]],
  ['a line moved to the end', (lines) => [...lines.toSpliced(11, 1), lines[11]!]],
  ['a line moved to the end and altered', (lines) => [...lines.toSpliced(11, 1), altered(lines[11]!)]],
  ['a line removed, an earlier one again at the end', (lines) => [...lines.toSpliced(11, 1), lines[3]!]],
  ['a line removed, an earlier one altered at the end', (lines) => [...lines.toSpliced(11, 1), altered(lines[3]!)]],
  ['a line removed', (lines) => lines.toSpliced(11, 1)],
]
const parts: readonly [name: string, part: (lines: readonly string[]) => readonly string[]][] = [
  ['a copy', (lines) => lines],
  ['a copy that begins late', (lines) => lines.slice(8)],
  ['a copy of selected events', (lines) => lines.filter((line) => line.includes('"type":"flag"'))],
]

describe.each(parts)('%s', (_part, part) => {
  describe.each([true, false])('with the kept hashes: %j', (hasTiles) => {
    test.each(harms)('%s', async (_, harm) => {
      let originals: readonly string[] = []
      let lines: readonly string[] = []
      const { paths, root } = await copyOf((all) => {
        originals = all
        return (lines = harm(part(all)))
      })
      const ran = await runAudit([
        'verify',
        ...paths,
        '--key',
        keys.verifierKey,
        ...(hasTiles ? ['--tiles', root] : []),
        '--json',
      ])
      expectTrue(JSON.parse(ran.out) as TrailReport, lines, originals)
    })
  })
})

function expectTrue({ counts, sources: [report] }: TrailReport, lines: readonly string[], originals: readonly string[]): void {
  const original = new Map(originals.map((line) => [sequenceOf(line), line]))
  const found = new Map(lines.map((line) => [sequenceOf(line), true]))
  for (const line of lines) if (original.get(sequenceOf(line)) !== line) found.set(sequenceOf(line), false)
  const inRange = [...found.keys()].filter((sequence) => report!.proven.some(({ from, to }) => from <= sequence && sequence < to))
  expect(inRange.filter((sequence) => !found.get(sequence))).toEqual([])
  expect(counts.proven).toBe(inRange.length)
  expect(counts.events).toBe(found.size)
}
