import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../../../test/temporary-directory.ts'
import { effectiveExtents } from '../../log-format/extents.ts'
import { checkedLine } from '../../log-format/checked-line.ts'
import { LogReader } from '../../log-format/log-reader.ts'
import { nodeFileSystem } from '../../log-format/node-file-system.ts'
import { parseSegment } from '../../log-format/segment-name.ts'
import { ensureDirectory } from '../../log-format/small-file.ts'
import { readReleasedLog, ReleasedReader } from './released-log.ts'

const SOURCE = 'a/b/cccccccc'

function lineOf(sequence: number, key = 'k', source = SOURCE): string {
  return checkedLine(
    `{"version":"1.0","payload":{"key":"${key} ${sequence}"},"source":"${source}","sequence":${sequence}`,
  ).toString()
}

/** Segments by name, with their lines. */
async function logWith(segments: Readonly<Record<string, readonly string[]>>) {
  const directory = temporaryDirectory()
  await ensureDirectory(nodeFileSystem, join(directory, 'log'))
  const pathOf = (name: string) => join(directory, 'log', `${name.split('.')[0]!.padStart(20, '0')}.${name.split('.')[1]}.ndjson`)
  for (const [name, lines] of Object.entries(segments)) writeFileSync(pathOf(name), lines.join(''))
  const { lines } = await readReleasedLog(nodeFileSystem, directory, SOURCE)
  /** Reads it all, from a sequence on, in parts of about this many bytes. */
  const read = async (end: number, { from = 0, bytes = 1_000 } = {}) => {
    const names = readdirSync(join(directory, 'log')).flatMap((name) => parseSegment(name) ?? [])
    const { extents } = effectiveExtents(names)
    const log = { fileSystem: nodeFileSystem, directory: join(directory, 'log'), source: SOURCE, extents, end }
    const reader = new ReleasedReader(new LogReader(log), lines, end)
    const [read, changed] = [[] as number[], [] as number[]]
    for (let next = from; next < end;) {
      const { records, readTo } = await reader.read(next, bytes)
      read.push(...records.map(({ sequence }) => sequence))
      changed.push(...reader.changedOf(records))
      expect(readTo).toBeGreaterThan(next)
      next = records.at(-1)?.end ?? readTo
    }
    await reader.release()
    return { read, changed }
  }
  return { pathOf, read }
}

const sequences = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index)
const linesOf = (from: number, to: number) => sequences(from, to).map((sequence) => lineOf(sequence))

test.each([1, 1_000, 1_000_000])(
  'an unchanged log is read to its end, in parts of %i bytes, from any sequence',
  async (bytes) => {
    const log = await logWith({ '0.1-0': linesOf(0, 50), '50.1-0': linesOf(50, 130) })
    for (const from of [0, 1, 31, 32, 49, 50, 129])
      expect(await log.read(130, { from, bytes })).toEqual({ read: sequences(from, 130), changed: [] })
  },
)

test('the lines in the group of a changed line differ, whichever segment has it', async () => {
  const log = await logWith({ '0.1-0': linesOf(0, 50), '50.1-0': linesOf(50, 130) })
  writeFileSync(log.pathOf('0.1-0'), [...linesOf(0, 49), lineOf(49, 'F')].join(''))
  expect(await log.read(130)).toEqual({ read: sequences(0, 130), changed: sequences(32, 64) })
  expect((await log.read(130, { from: 60 })).changed).toEqual(sequences(60, 64))
})

test('lines that cannot be read any more, and lines behind the end, make their groups differ', async () => {
  const log = await logWith({ '0.1-0': linesOf(0, 100) })
  const text = [...linesOf(0, 31), 'damage\n', ...linesOf(32, 100), lineOf(100, 'F'), ...linesOf(101, 140)]
  writeFileSync(log.pathOf('0.1-0'), text.join(''))
  const { read, changed } = await log.read(140)
  expect(read).toEqual([...sequences(0, 31), ...sequences(32, 140)])
  expect(changed).toEqual([...sequences(0, 31), ...sequences(96, 140)])
})

test('lines that did not count at the release do not count: older generations, other logs, damage', async () => {
  const before = [...linesOf(0, 40), ...linesOf(40, 60).map(() => 'damage\n')]
  const log = await logWith({
    '0.1-0': before,
    '40.2-0': [lineOf(40, 'k', 'x/y/zzzzzzzz'), `${lineOf(41).trimEnd()} ${lineOf(42)}`, ...linesOf(43, 100)],
  })
  expect(await log.read(100)).toEqual({ read: [...sequences(0, 40), ...sequences(41, 100)], changed: [] })
})
