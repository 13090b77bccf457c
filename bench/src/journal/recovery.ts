import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { cp, open, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import type { Measurement } from '../benchmark.ts'
import { openFileJournal } from '../open-file-journal.ts'
import { encodedEvents } from '../sample.ts'
import { median } from '../statistics.ts'
import { readLines } from './read-lines.ts'
import { segmentPaths } from './segment-paths.ts'

// The highest cost of a start: the last segment is full, its owner crashed, and nothing shows which part of it is known to
// be on the disk. The journal checks every line, copies the complete ones and syncs the copy; the peer only checks every line.

const SEGMENT_BYTES = 64 << 20
const TIMES = 5
/** `,"crc":"9ae0daaf"}` ends each line; the checksum covers the text before it. */
const CRC_MEMBER_BYTES = 18

export const recover: Measurement = async ({ directory, scale }) => {
  const { crashed, bytes } = await crash(directory, scale)
  return measure(bytes, async () => {
    const copy = join(directory, 'copy')
    await rm(copy, { recursive: true, force: true })
    await cp(crashed, copy, { recursive: true })
    // Otherwise the journal would wait for these bytes as well.
    if (process.platform === 'linux') spawnSync('sync')
    return startAndClose(copy)
  })
}

export const startAfterCleanEnd: Measurement = async ({ directory, scale }) => {
  const { crashed, bytes } = await crash(directory, scale)
  const { milliseconds } = await measure(bytes, () => startAndClose(crashed))
  // A rate would count bytes that are never read.
  return { milliseconds }
}

export const scanCrc: Measurement = async ({ directory, scale }) => {
  const { segment, bytes } = await crash(directory, scale)
  return measure(bytes, () => timed(() => checkLines(segment)))
}

/** Leaves a journal as after a crash, before the offset of its full segment was stored. */
async function crash(directory: string, scale: number) {
  const working = join(directory, 'working')
  const crashed = join(directory, 'crashed')
  const journal = await openFileJournal(working)
  const [places] = globSync('*/offsets.ndjson', { cwd: working })
  const fresh = await readFile(join(working, places!))
  await journal.append(encodedEvents)
  const batchBytes = journal.status().bytes
  const full = Math.ceil(SEGMENT_BYTES * scale)
  while (journal.status().bytes + batchBytes < full) await journal.append(encodedEvents)
  await cp(working, crashed, { recursive: true })
  await writeFile(join(crashed, places!), fresh)
  await journal.close()
  const [segment, ...others] = segmentPaths(crashed)
  if (others.length > 0) throw new Error('There are several segments; one was to be filled.')
  return { crashed, segment: segment!, bytes: (await stat(segment!)).size }
}

async function startAndClose(directory: string): Promise<number> {
  const start = performance.now()
  const journal = await openFileJournal(directory)
  const took = performance.now() - start
  await journal.close()
  return took
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

/** Measures after one warm-up. The work returns the milliseconds that count. */
async function measure(bytes: number, work: () => Promise<number>) {
  await work()
  const took: number[] = []
  for (let index = 0; index < TIMES; index++) took.push(await work())
  const milliseconds = median(took)
  return { milliseconds, megabytesPerSecond: bytes / 1_000 / milliseconds }
}

async function checkLines(path: string): Promise<void> {
  let broken = 0
  await using file = await open(path)
  await readLines(file, (bytes, start, end) => {
    const length = end - CRC_MEMBER_BYTES
    const written = Number.parseInt(bytes.toString('latin1', end - 10, end - 2), 16)
    if (crc32(bytes.subarray(start, length)) !== written) broken++
  })
  if (broken > 0) throw new Error(`${broken} lines are broken.`)
}
