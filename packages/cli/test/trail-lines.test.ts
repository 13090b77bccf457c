import { readFileSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { isTrailLine } from '@audit/core/trail'
import { describe, expect, test } from 'vitest'
import { EventLineReader } from '../src/verify/event-line.ts'

// docs/journal.md defines a line of a trail. The verifier and the readers of @audit/core share no code. They use the same corpus, and
// must agree on all other lines too.

interface CorpusLine {
  readonly what: string
  readonly isLine: boolean
  readonly line?: string
  /** Stands for `{nested}` in the line: this many nested lists. */
  readonly nested?: number
  readonly base64?: string
}

const corpus = JSON.parse(readFileSync(new URL('../../../docs/trail-lines.json', import.meta.url), 'utf8')) as CorpusLine[]
const trailLines = corpus.map(({ what, isLine, line = '', nested = 0, base64 }) => {
  const text = line.replace('{nested}', '['.repeat(nested) + ']'.repeat(nested))
  return { what, isLine, bytes: base64 === undefined ? Buffer.from(text) : Buffer.from(base64, 'base64') }
})

/** The verifier's result for a line of a journal. */
function isLine(bytes: Buffer, reader = new EventLineReader()): boolean {
  return reader.read(Buffer.from(bytes))?.checksum === 'good'
}

describe('the corpus of docs/journal.md', () => {
  test.each(trailLines)('$what', ({ bytes, isLine: expected }) => expect(isLine(bytes)).toBe(expected))
})

test('a line of a copy has neither tag nor checksum', () => {
  const [usual, tagged] = [trailLines[0]!, trailLines.find(({ what }) => what.startsWith('a tag before'))!]
  const bare = (bytes: Buffer) => Buffer.from(bytes.toString().replace(/,"crc":"[0-9a-f]{8}"}$/, '}'))
  expect(new EventLineReader().read(bare(usual.bytes))).toMatchObject({ checksum: 'none', sequence: 41 })
  expect(new EventLineReader().read(bare(tagged.bytes))).toBeUndefined()
})

test('the verifier and the readers agree on 40,000 lines that were changed at random', () => {
  const below = seeded(20_261_129)
  const accepted = trailLines.filter((line) => line.isLine && line.bytes.length < 4_096).map(({ bytes }) => bytes)
  const pieces = [
    '"',
    '\\',
    ',',
    ':',
    '{',
    '}',
    '[',
    ']',
    '0',
    '-',
    '.',
    'e',
    ' ',
    '\t',
    '\u0000',
    'null',
    ',"source":"x"',
    ',"sequence":1',
    ',"type":"a"',
    '"tag":"',
  ]
  const agreed = { lines: 0, others: 0 }
  // A reader that has seen many shapes of lines must decide like a new one.
  const reader = new EventLineReader()
  for (let round = 0; round < 40_000; round++) {
    let line = open(accepted[below(accepted.length)]!)
    for (let change = 0; change <= below(3); change++) line = changed(line, pieces, below)
    const bytes = below(10) < 9 ? withChecksum(line) : line
    const verdict = isLine(bytes)
    if (verdict !== isTrailLine(Buffer.from(bytes)))
      expect.fail(`${JSON.stringify(bytes.toString('latin1'))}: the verifier says ${verdict}`)
    const again = { shape: isLine(bytes, reader), known: isLine(bytes, reader) }
    if (again.shape !== verdict || again.known !== verdict)
      expect.fail(`${JSON.stringify(bytes.toString('latin1'))}: ${verdict}, but ${JSON.stringify(again)} behind other lines`)
    agreed[verdict ? 'lines' : 'others']++
  }
  // Otherwise the test would compare nothing.
  expect(Math.min(agreed.lines, agreed.others)).toBeGreaterThan(2_000)
})

/** Completes the text of an object without its closing brace, with a matching checksum. */
function withChecksum(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.from(`,"crc":"${crc32(bytes).toString(16).padStart(8, '0')}"}`)])
}

function open(line: Buffer): Buffer {
  return line.subarray(0, line.lastIndexOf(',"crc":"'))
}

/** One change: bytes are replaced, removed, added, or copied from elsewhere in the line. */
function changed(line: Buffer, pieces: readonly string[], below: (limit: number) => number): Buffer {
  const at = below(line.length)
  const to = Math.min(line.length, at + below(8))
  const piece = Buffer.from(pieces[below(pieces.length)]!)
  switch (below(5)) {
    case 0:
      return Buffer.concat([line.subarray(0, at), Buffer.of(below(256)), line.subarray(at + 1)])
    case 1:
      return Buffer.concat([line.subarray(0, at), line.subarray(to)])
    case 2:
      return Buffer.concat([line.subarray(0, at), piece, line.subarray(at)])
    case 3:
      return Buffer.concat([line.subarray(0, at), piece, line.subarray(to)])
    default: {
      const from = below(line.length)
      return Buffer.concat([line.subarray(0, at), line.subarray(from, from + below(40)), line.subarray(at)])
    }
  }
}

/** Pseudo-random numbers, the same in each run. */
function seeded(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
}
