import { expect, test } from 'vitest'
import { checkCut, checkFlip, writeLog } from '../../test/simulated-damage.ts'

// Every 97th offset; `faults/journal/every-byte.ts` tests all of them.
const STEP = 97

test('a log that is cut returns every complete record before the cut, and nothing else', async () => {
  const log = await writeLog(200)
  expect(log.segments).toHaveLength(2)
  for (const segment of log.segments) {
    for (let length = 0; length < segment.bytes.length; length += STEP) await checkCut(log, segment, length)
  }
})

test('a flipped bit loses only the record that contains it', async () => {
  const log = await writeLog(200)
  for (const segment of log.segments) {
    for (let bit = 0; bit < segment.bytes.length * 8; bit += STEP * 8 + 1) await checkFlip(log, segment, bit)
  }
})
