import { expect, test } from 'vitest'
import type { OpenFile } from '../log-format/file-system.ts'
import { BackwardLines } from './backward-lines.ts'

const MEBIBYTE = 1 << 20

/** A file with these bytes in front, and no data behind them. */
function sparseFile(front: Buffer): OpenFile & { readonly bytesRead: () => number } {
  let bytesRead = 0
  const notCalled = () => Promise.reject(new Error('A reader only reads.'))
  return {
    async read(bytes, position) {
      bytes.fill(0)
      front.copy(bytes, 0, Math.min(position, front.length))
      bytesRead += bytes.length
      return bytes.length
    },
    bytesRead: () => bytesRead,
    write: notCalled,
    sync: notCalled,
    stat: notCalled,
    close: notCalled,
  }
}

test.each([
  ['at once', 'one\ntwo\n', ['one', 'two']],
  ['behind a line without an end', 'one\ntwo\nthr', ['one', 'two']],
  ['and there is no line', '', []],
])('a file with a terabyte without data is read in a bounded number of reads: %s', async (_, text, expected) => {
  const file = sparseFile(Buffer.from(text))
  const reader = new BackwardLines(MEBIBYTE * MEBIBYTE)
  const found: string[] = []
  for (let lines = await reader.read(file); lines; lines = await reader.read(file))
    found.unshift(...lines.map((line) => line.toString('latin1')))
  expect(found).toEqual(expected)
  expect(file.bytesRead()).toBeLessThan(512 * MEBIBYTE)
})
