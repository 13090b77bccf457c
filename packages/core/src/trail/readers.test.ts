import { describe, expect, test } from 'vitest'
import { keysOf, logLines, segmentName } from '../../test/log-files.ts'
import { overriddenDisk } from '../../test/overridden-disk.ts'
import { simulatedDisk } from '../../test/simulated-disk.ts'
import { seededRandom } from '../../test/simulated-random.ts'
import type { FileSystem } from '../log-format/file-system.ts'
import { BackwardReader } from './backward-reader.ts'
import { ForwardReader } from './forward-reader.ts'
import type { SourceReader } from './trail-stream.ts'
import { SourceSegments } from './source-segments.ts'

const LOG = '/source/log'

async function write(disk: FileSystem, name: string, text: string): Promise<void> {
  const file = await disk.open(`${LOG}/${name}`, 'create')
  await file.write(Buffer.from(text))
  await file.close()
}

/** Three segments of ten lines. The disk changes once, right before the second of them is opened. */
async function segmentsOnWhich(
  happens: (disk: FileSystem) => Promise<void>,
  overrides: Partial<FileSystem> = {},
): Promise<SourceSegments> {
  const disk = simulatedDisk({ random: seededRandom(1) })
  for (const path of ['/source', LOG]) await disk.makeDirectory(path)
  for (const first of [0, 10, 20]) await write(disk, segmentName(first), logLines(first, 10))
  let hasHappened = false
  const overridden = overriddenDisk(disk, {
    ...overrides,
    async open(path, mode) {
      const isIt = path.endsWith(segmentName(10)) && !hasHappened
      hasHappened ||= isIt
      if (isIt) await happens(disk)
      return disk.open(path, mode)
    },
  })
  return new SourceSegments(overridden, '/source')
}

async function keysFrom(reader: SourceReader): Promise<readonly string[]> {
  const lines: string[] = []
  for (let record = await reader.next(); record; record = await reader.next()) lines.push(record.line)
  await reader.release()
  return keysOf(lines)
}

const range = (from: number, to: number, key = 'event') =>
  Array.from({ length: to - from }, (_, index) => `${key} ${from + index}`)
const forward = (segments: SourceSegments, since = -Infinity) => keysFrom(new ForwardReader({ segments, since }))
const backward = async (segments: SourceSegments, since = -Infinity) =>
  (await keysFrom(new BackwardReader({ segments, since }))).toReversed()

describe('a segment that is gone before it is read', () => {
  test('a segment that was trimmed or removed before it is read is skipped', async () => {
    const segments = () => segmentsOnWhich((each) => each.remove(`${LOG}/${segmentName(10)}`))
    const rest = [...range(0, 10), ...range(20, 30)]
    expect(await forward(await segments())).toEqual(rest)
    expect(await backward(await segments())).toEqual(rest)
  })

  test('a segment that a later generation replaced is read from its replacement', async () => {
    const replaced = async (disk: FileSystem) => {
      await write(disk, segmentName(10, 2), logLines(10, 15, 'copy'))
      for (const first of [10, 20]) await disk.remove(`${LOG}/${segmentName(first)}`)
    }
    expect(await forward(await segmentsOnWhich(replaced))).toEqual([...range(0, 10), ...range(10, 25, 'copy')])
    // The lines that were at the end when this began have been returned by then.
    expect(await backward(await segmentsOnWhich(replaced))).toEqual([...range(0, 10), ...range(10, 20, 'copy'), ...range(20, 30)])
  })

  test('a read ends if the whole log is gone', async () => {
    const removed = async (disk: FileSystem) => {
      for (const name of await disk.list(LOG)) await disk.remove(`${LOG}/${name}`)
    }
    expect(await forward(await segmentsOnWhich(removed))).toEqual(range(0, 10))
    expect(await backward(await segmentsOnWhich(removed))).toEqual(range(20, 30))
  })
})

const hour = 3_600_000
/** The time of every line of these tests. */
const writtenAt = Date.parse((JSON.parse(logLines(0, 1)) as { timestamp: string }).timestamp)

/** The first segment was written long before the others, according to its file. */
const oldFile: FileSystem['stat'] = (path) => {
  const modifiedAt = path.endsWith(segmentName(0)) ? writtenAt - 10 * hour : writtenAt + 10 * hour
  return Promise.resolve({ inode: 1, links: 1, size: 1, mode: 0o600, kind: 'file' as const, modifiedAt })
}

test('segments are skipped if their newest line, and the last write to them, are long before `since`', async () => {
  const segments = () => segmentsOnWhich(() => Promise.resolve(), { stat: oldFile })
  for (const direction of [forward, backward]) {
    expect(await direction(await segments(), writtenAt + hour / 2)).toEqual(range(0, 30))
    expect(await direction(await segments(), writtenAt + 2 * hour)).toEqual(range(10, 30))
  }
})

test('segments are read if only the times of their files are long before `since`', async () => {
  for (const direction of [forward, backward])
    expect(await direction(await segmentsOnWhich(() => Promise.resolve(), { stat: oldFile }), writtenAt)).toEqual(range(0, 30))
})

test('a line within a broken line is not returned in place of the line with its sequence', async () => {
  const disk = simulatedDisk({ random: seededRandom(1) })
  for (const path of ['/source', LOG]) await disk.makeDirectory(path)
  const [forged, lines] = [logLines(3, 1, 'forged').trimEnd(), logLines(0, 10).split(/(?<=\n)/)]
  await write(disk, segmentName(0), [...lines.slice(0, 3), `${forged}x\n`, ...lines.slice(3), `${forged}x\n`].join(''))
  for (const direction of [forward, backward]) expect(await direction(new SourceSegments(disk, '/source'))).toEqual(range(0, 10))
})
