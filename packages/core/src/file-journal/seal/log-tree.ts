import { HASH_BYTES, leafHash, MerkleTree, type Frontier } from '@audit/proof'
import { nextTurn, systemClock } from '../../clock.ts'
import type { Difference } from './covered-scan.ts'
import type { TileFiles } from './tile-files.ts'
import { LogReader } from '../../log-format/log-reader.ts'
import type { Offsets } from '../log/offsets.ts'
import { SerialQueue } from '../../serial-queue.ts'
import type { StoredRecord } from '../../log-format/record-line.ts'
import { SEAL_CURSOR } from '../../log-format/file-names.ts'
import type { LogWriter } from '../log/log-writer.ts'

// Reads the durable lines of a log back from the disk, and hashes them into its tree. A group enters the tree as a whole, after
// it was found to be what the service wrote: a line may be changed on the disk at any time. Other groups enter it as unknown
// leaves. Such a tree is never signed. Readers still compare lines with it.

/** Compares lines with what was written, in the order of the log. */
export interface WrittenCheck {
  /** Takes the next line. Undefined in the middle of a group. At its end, true if the group is what was written. */
  next(line: Buffer, record: StoredRecord): boolean | undefined
  /** The lines so far will be overwritten. */
  settle(): void
}

export interface LogTreeOptions {
  readonly log: LogWriter
  readonly offsets: Offsets
  readonly hashes: TileFiles
  /** The tree so far. */
  readonly frontier: Frontier
  /** Left out: the log has neither tags nor digests, and every line counts as it is found. */
  readonly check?: WrittenCheck | undefined
}

/** Bytes that are read and hashed in one step: some tenth of a millisecond of work. */
const READ_BYTES = 16 << 10
/** Hashing may use at most one third of the event loop's time: half as much as everything else. */
const SHARE = 1 / 2
/** Limits of one step. A caller that records at this moment waits for it. */
const LEAST_MS = 0.2
const MOST_MS = 5
/** The leaf of a line that is not known: no line has this hash. */
const UNKNOWN = new Uint8Array(HASH_BYTES)

export class LogTree {
  readonly #options: LogTreeOptions
  readonly #reader: LogReader
  readonly #tree: MerkleTree
  /** Leaves of a group whose last line is not read yet. */
  #group: Uint8Array[] = []
  #difference: Difference | undefined
  readonly #tasks = new SerialQueue()

  constructor(options: LogTreeOptions) {
    this.#options = options
    this.#reader = new LogReader(options.log, (line, record) => this.#see(line, record))
    this.#tree = new MerkleTree({ onHash: (subtree, hash) => options.hashes.add(subtree, hash) }, options.frontier)
  }

  /** Number of events in the tree. */
  get size(): number {
    return this.#tree.size
  }

  /** The first range of the log that is not what was written, or cannot be read. */
  get difference(): Difference | undefined {
    return this.#difference
  }

  frontier(): Frontier {
    return this.#tree.frontier()
  }

  /** Hashes what is durable now, if this process still has the log. Rejects with errors of the disk. */
  hash(): Promise<void> {
    return this.#tasks.run(() => this.#hashUpTo(this.#options.log.end))
  }

  /** As `hash()`, then writes the hashes and resolves with the tree. Writes none after a difference. */
  keep(): Promise<Frontier> {
    return this.#tasks.run(async () => {
      const { log, offsets, hashes } = this.#options
      await this.#hashUpTo(log.end)
      await log.fencing.check()
      if (!this.#difference) {
        await hashes.write()
        await offsets.set(SEAL_CURSOR, this.#tree.size)
      }
      return this.#tree.frontier()
    })
  }

  async close(): Promise<void> {
    await this.#tasks.idle()
    await this.#reader.release()
  }

  get #next(): number {
    return this.#tree.size + this.#group.length
  }

  async #hashUpTo(end: number): Promise<void> {
    for (let restedMs = 0; this.#next < end;) {
      const until = systemClock.monotonic() + Math.min(MOST_MS, Math.max(LEAST_MS, restedMs * SHARE))
      while (this.#next < end && systemClock.monotonic() < until) if (!(await this.#hashSome(end))) return
      const paused = systemClock.monotonic()
      await nextTurn()
      restedMs = systemClock.monotonic() - paused
    }
    // Groups end where the log does. Otherwise someone removed the tag of the last one.
    if (this.#group.length > 0) this.#endGroup(false)
  }

  /** False if another process has the log now, and puts its files in order. */
  async #hashSome(end: number): Promise<boolean> {
    const before = this.#next
    const { records, readTo } = await this.#reader.read(before, READ_BYTES, end)
    this.#options.check?.settle()
    if (this.#next > before) return true
    const { fencing } = this.#options.log
    await fencing.check().catch(() => undefined)
    if (!fencing.isLost) this.#miss(records[0]?.sequence ?? Math.min(readTo, end))
    return !fencing.isLost
  }

  #see(line: Buffer, record: StoredRecord): void {
    if (record.sequence !== this.#next) return
    this.#group.push(leafHash(record.line))
    const { check } = this.#options
    const isGood = check ? check.next(line, record) : true
    if (isGood !== undefined) this.#endGroup(isGood)
  }

  /** Marks everything before `to` as unreadable. */
  #miss(to: number): void {
    const from = this.#next
    this.#difference ??= { reason: 'unreadable', from, to, count: to - from }
    for (let sequence = from; sequence < to; sequence++) this.#group.push(UNKNOWN)
    if (!this.#options.check) this.#endGroup(true)
  }

  #endGroup(isGood: boolean): void {
    const count = this.#group.length
    const from = this.#tree.size
    if (!isGood) this.#difference ??= { reason: 'changed', from, to: from + count, count }
    for (const leaf of this.#group) this.#tree.append(isGood ? leaf : UNKNOWN)
    this.#group = []
  }
}
