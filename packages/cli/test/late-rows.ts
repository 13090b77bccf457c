import { copyOf } from './log-states.ts'
import type { VerdictRow } from './verdict-rows.ts'

/** Copies in which a line comes after later lines of its log. */
export const lateRows: readonly VerdictRow[] = [
  {
    row: '28',
    state: 'a copy with an event after later ones, as a replayed dead letter',
    exits: [0, 4, 4, 4, 4],
    words: /late: 1 event comes after later events/,
    make: () => copyOf(replayed),
  },
  {
    row: '28',
    state: 'the same with its hashes',
    exits: [0, 4, 4, 4, 4],
    words: /55 proven, 1 not proven$/,
    async make() {
      const { paths, anchor, root } = await copyOf(replayed)
      return { paths, anchor, tiles: root }
    },
  },
  {
    row: '28',
    state: 'the same if the event is not the one that was sealed',
    exits: [1, 1, 1, 1, 1],
    words: /differs from its kept hash/,
    async make() {
      const { paths, anchor, root } = await copyOf((lines) => replayed(lines).map(alteredAt(5)))
      return { paths, anchor, tiles: root }
    },
  },
  {
    row: '28',
    state: 'a copy with another event of the same sequence after later ones',
    exits: [1, 1, 1, 1, 1],
    words: /occurs twice, with different content/,
    make: () => copyOf((lines) => [...lines, alteredAt(5)(lines[5]!)]),
  },
]

/** A sink refused event 5, and a person replayed it later. */
function replayed(lines: readonly string[]): readonly string[] {
  return [...lines.toSpliced(5, 1), lines[5]!]
}

function alteredAt(sequence: number): (line: string) => string {
  return (line) => (line.endsWith(`,"sequence":${sequence}}`) ? line.replace('"status":"success"', '"status":"failure"') : line)
}
