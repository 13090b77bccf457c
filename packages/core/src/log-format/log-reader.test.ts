import { expect, test } from 'vitest'
import { keyed, keysOf, logLines, segmentName, SOURCE } from '../../test/log-files.ts'
import { simulatedDisk } from '../../test/simulated-disk.ts'
import { seededRandom } from '../../test/simulated-random.ts'
import { LogReader } from './log-reader.ts'
import { effectiveExtents } from './extents.ts'
import { GroupEncoder } from './record-line.ts'
import { parseSegment } from './segment-name.ts'

const LOG = '/log'
const FOREIGN = 'svc/host/zzzzzzzz'

/** A log of five lines; the third has another source, and a valid checksum. */
function logWithForeignLine(source: string | undefined): LogReader {
  const foreign = new GroupEncoder(FOREIGN).encode([keyed('foreign')], 2, 0).bytes.toString()
  const name = segmentName(0)
  const content = Buffer.from(logLines(0, 2) + foreign + logLines(3, 2))
  const fileSystem = simulatedDisk({ random: seededRandom(7), files: new Map([[`${LOG}/${name}`, content]]) })
  const { extents } = effectiveExtents([parseSegment(name)!])
  return new LogReader({ fileSystem, directory: LOG, extents, end: 5, ...(source !== undefined && { source }) })
}

test('a line with another source is not a line of the log', async () => {
  const { records, readTo } = await logWithForeignLine(SOURCE).read(0, 1 << 20)
  expect(keysOf(records.map(({ line }) => line))).toEqual(['event 0', 'event 1', 'event 3', 'event 4'])
  expect(readTo).toBe(5)
})

test('a reader without a source reads every line', async () => {
  const { records } = await logWithForeignLine(undefined).read(0, 1 << 20)
  expect(keysOf(records.map(({ line }) => line))).toEqual(['event 0', 'event 1', 'foreign', 'event 3', 'event 4'])
})
