import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Measurement } from '../benchmark.ts'
import { rate } from '../rate.ts'
import { finishedLines } from '../sample.ts'

const TIMES = 2_000

/** One line, written and synced before the next. */
export const writeOneByOne: Measurement = async ({ directory, scale }) => {
  await using file = await open(join(directory, 'raw.ndjson'), 'a')
  const line = finishedLines[0]!
  const work = async () => {
    await file.write(`${JSON.stringify(line)}\n`)
    await file.datasync()
  }
  const times = Math.ceil(TIMES * scale)
  return { eventsPerSecond: await rate({ warmUp: Math.ceil(times / 10), times, units: 1, work }) }
}
