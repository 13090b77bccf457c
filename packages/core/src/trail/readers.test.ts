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

test('segments whose last write is long before `since` are skipped', async () => {
  const hour = 3_600_000
  const stat: FileSystem['stat'] = (path) => {
    const modifiedAt = path.endsWith(segmentName(0)) ? 10 * hour : 20 * hour
    return Promise.resolve({ inode: 1, links: 1, size: 1, mode: 0o600, kind: 'file' as const, modifiedAt })
  }
  const segments = () => segmentsOnWhich(() => Promise.resolve(), { stat })
  for (const direction of [forward, backward]) {
    expect(await direction(await segments(), 10.5 * hour)).toEqual(range(0, 30))
    expect(await direction(await segments(), 12 * hour)).toEqual(range(10, 30))
  }
})
