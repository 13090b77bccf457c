import { Books, violated } from './simulated-books.ts'
import { SimulatedClock } from './simulated-clock.ts'
import { simulatedDisk } from './simulated-disk.ts'
import { SimulatedProcess } from './simulated-process.ts'
import { seededRandom } from './simulated-random.ts'
import { ReaderBooks } from './simulated-reader.ts'

/** A log as a journal left it at `close()`. */
export interface WrittenLog {
  readonly files: ReadonlyMap<string, Buffer>
  readonly records: number
  readonly segments: readonly WrittenSegment[]
}

export interface WrittenSegment {
  readonly path: string
  readonly bytes: Buffer
  /** The records it holds, in order: their ids, and the place after the line of each. */
  readonly lines: readonly { readonly id: string; readonly end: number }[]
}

/** Two segments: one is full, and the other was being written. */
const SEGMENT_BYTES = 14_000
const RECORD_BYTES = 3
/** Longer than a damaged log takes to be recovered. */
const MAX_ROUNDS = 4

/** Lets a journal write that many small records. */
export async function writeLog(records: number): Promise<WrittenLog> {
  const { disk, counters, process } = start(new Map(), 0)
  await process.open([], auditorOf(counters))
  for (let left = records; left > 0; left -= 10) {
    process.append(
      Array.from({ length: Math.min(left, 10) }, () => counters.offered(RECORD_BYTES)),
      true,
    )
  }
  await process.appended()
  await process.close()
  const files = disk.files()
  const paths = [...files.keys()].filter((path) => /\/log\/.*\.ndjson$/.test(path)).toSorted()
  return { files, records, segments: paths.map((path) => ({ path, bytes: files.get(path)!, lines: linesOf(files.get(path)!) })) }
}

/** Opens the log with a segment cut after `length` bytes: it must have every whole record before the cut, and nothing else. */
export async function checkCut(log: WrittenLog, segment: WrittenSegment, length: number): Promise<void> {
  const gone = segment.lines.filter(({ end }) => end > length)
  await check(log, segment, segment.bytes.subarray(0, length), new Set(gone.map(({ id }) => id)))
}

/** Opens the log with one bit of a segment flipped: it must have all records except the damaged one, and nothing else. */
export async function checkFlip(log: WrittenLog, segment: WrittenSegment, bit: number): Promise<void> {
  const bytes = Buffer.from(segment.bytes)
  bytes[bit >> 3]! ^= 1 << (bit & 7)
  const own = segment.lines.find(({ end }) => end > bit >> 3)!
  await check(log, segment, bytes, new Set([own.id]))
}

async function check(log: WrittenLog, { path }: WrittenSegment, bytes: Buffer, mayMiss: ReadonlySet<string>): Promise<void> {
  const { process, counters } = start(new Map([...log.files, [path, bytes]]), bytes.length)
  const offered = Array.from({ length: log.records }, () => counters.offered(RECORD_BYTES))
  const auditor = auditorOf(counters)
  await process.open([], auditor)
  const missing = () => {
    const found = auditor.window
    return offered.filter(({ id }) => !found.has(id) && !mayMiss.has(id))
  }
  for (let round = 0; round < MAX_ROUNDS; round++) {
    await process.readAll(auditor)
    if (missing().length === 0) break
    await process.passTime(20)
  }
  if (missing().length > 0)
    violated(
      `lost: ${missing()
        .map(({ id }) => id)
        .join(' ')}`,
    )
  process.disk.kill()
}

function start(
  files: ReadonlyMap<string, Buffer>,
  seed: number,
): { disk: ReturnType<typeof simulatedDisk>; counters: Books; process: SimulatedProcess } {
  const random = seededRandom(seed)
  const clock = new SimulatedClock(random)
  const disk = simulatedDisk({ random, files, now: () => clock.now() })
  const counters = new Books()
  return { disk, counters, process: new SimulatedProcess(disk, clock, counters, { segmentBytes: SEGMENT_BYTES }) }
}

function auditorOf(counters: Books): ReaderBooks {
  return new ReaderBooks('auditor', counters, { from: 'oldest' })
}

function linesOf(bytes: Buffer): { id: string; end: number }[] {
  const lines: { id: string; end: number }[] = []
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(10, start) + 1
    lines.push({ id: (JSON.parse(bytes.toString('utf8', start, end)) as { id: string }).id, end })
    start = end
  }
  return lines
}
