import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { OpenFile } from './file-system.ts'
import { LineReader } from './line-reader.ts'

const MEBIBYTE = 1 << 20

/** A file that returns at most these numbers of bytes per read, in turn. */
function fileOf(content: Buffer, steps: readonly number[] = [Infinity]): OpenFile {
  let reads = 0
  const notCalled = () => Promise.reject(new Error('A reader only reads.'))
  return {
    async read(bytes, position) {
      const room = Math.min(bytes.length, steps[reads++ % steps.length]!)
      return content.copy(bytes, 0, position, Math.min(content.length, position + room))
    },
    write: notCalled,
    sync: notCalled,
    stat: notCalled,
    close: notCalled,
  }
}

/** Every line, with the offset in the file that the reader has after it. */
async function readAll(reader: LineReader): Promise<{ line: string; offset: number }[]> {
  const lines: { line: string; offset: number }[] = []
  while (await reader.fill()) {
    for (let line = reader.take(); line; line = reader.take())
      lines.push({ line: line.toString('latin1'), offset: reader.offset })
  }
  return lines
}

describe('a line reader', () => {
  test('lines and their offsets are the same, however many bytes each read returns', async () => {
    const texts = fc
      .array(fc.constantFrom('\n', 'a', 'bc', '\r', 'x'.repeat(700)), { maxLength: 40 })
      .map((parts) => parts.join(''))
    const steps = fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 10 })
    await fc.assert(
      fc.asyncProperty(texts, steps, async (text, sizes) => {
        const reader = new LineReader(fileOf(Buffer.from(text), sizes))
        const parts = text.split('\n')
        let offset = 0
        const expected = parts.slice(0, -1).map((line) => ({ line, offset: (offset += line.length + 1) }))
        expect(await readAll(reader)).toEqual(expected)
        expect(reader.hasRest).toBe(parts.at(-1) !== '')
      }),
      { numRuns: 300 },
    )
  })

  test('a line may be larger than one read', async () => {
    const [long, longer] = ['l'.repeat(MEBIBYTE), 'm'.repeat(2 * MEBIBYTE - 5)]
    const lines = await readAll(new LineReader(fileOf(Buffer.from(`a\n${long}\n\n${longer}\nz\n`))))
    expect(lines.map(({ line }) => line.length)).toEqual([1, MEBIBYTE, 0, 2 * MEBIBYTE - 5, 1])
    expect(lines.map(({ line }) => line[0])).toEqual(['a', 'l', undefined, 'm', 'z'])
  })

  test('a line longer than any valid one is returned as empty, in bounded memory, and the lines after it are complete', async () => {
    const content = Buffer.concat([Buffer.from('a\n'), Buffer.alloc(9 * MEBIBYTE, 'o'), Buffer.from('\nb\nc\n')])
    let most = 0
    const file = fileOf(content)
    const reader = new LineReader({
      ...file,
      read(bytes, position) {
        most = Math.max(most, bytes.length)
        return file.read(bytes, position)
      },
    })
    expect((await readAll(reader)).map(({ line }) => line)).toEqual(['a', '', 'b', 'c'])
    expect(reader.offset).toBe(content.length)
    expect(most).toBeLessThanOrEqual(4 * MEBIBYTE)
  })

  test('text without a line end is not a line, and sets hasRest', async () => {
    const reader = new LineReader(fileOf(Buffer.from('whole\ntorn')))
    expect(await readAll(reader)).toEqual([{ line: 'whole', offset: 6 }])
    expect([reader.hasRest, reader.offset]).toEqual([true, 6])
    const overlong = new LineReader(fileOf(Buffer.alloc(5 * MEBIBYTE, 'o')))
    expect(await readAll(overlong)).toEqual([])
    expect(overlong.hasRest).toBe(true)
  })

  test('lines that are added later are read too', async () => {
    let content = Buffer.from('one\nt')
    const reader = new LineReader({ ...fileOf(content), read: (bytes, position) => fileOf(content).read(bytes, position) })
    expect((await readAll(reader)).map(({ line }) => line)).toEqual(['one'])
    content = Buffer.from('one\ntwo\n')
    expect((await readAll(reader)).map(({ line }) => line)).toEqual(['two'])
    expect(reader.hasRest).toBe(false)
  })

  test('an empty file has no lines', async () => {
    const reader = new LineReader(fileOf(Buffer.alloc(0)))
    expect(await readAll(reader)).toEqual([])
    expect([reader.hasRest, reader.offset]).toEqual([false, 0])
  })
})
