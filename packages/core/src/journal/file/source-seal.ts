import { join } from 'node:path'
import { leafHash, MerkleTree, rootOfFrontier, type Checkpoint, type Frontier } from '@audit/proof'
import { nextTurn, systemClock } from '../../clock.ts'
import type { Seal, Sealed } from '../seal.ts'
import { CoveredLines } from './covered-lines.ts'
import { CoveredScan, type Difference } from './covered-scan.ts'
import type { FileSystem } from './file-system.ts'
import { HashFiles } from './hash-files.ts'
import { LogReader } from './log-reader.ts'
import type { Places } from './places.ts'
import {
  CHECKPOINT_FILE,
  findSealStart,
  HASHES_DIRECTORY,
  SEAL_READER,
  type FoundCheckpoint,
  type SealRefusal,
  type SealStart,
} from './seal-start.ts'
import { replaceFile } from './small-file.ts'
import type { SourceLog } from './source-log.ts'

// Seals the log of one source. In this order: what is durable is read back and hashed; the hashes are synced; the checkpoint is
// signed; it is made durable beside the log; then others hear of it. A crash in between repeats the last steps, with the same result.

export interface SourceSealOptions {
  readonly fileSystem: FileSystem
  /** Of the source. */
  readonly directory: string
  readonly log: SourceLog
  readonly places: Places
  readonly seal: Seal
  /** State of the log before any event of it was read. */
  readonly checkpoint: FoundCheckpoint
}

/** What is read and hashed in one go: some tenth of a millisecond of work. */
const READ_BYTES = 16 << 10
/** Of the time the event loop takes for everything else, half as much is for hashing: a third of it all. */
const SHARE = 1 / 2
/** In one go at least, and at most: whoever records at this moment waits for it. */
const LEAST_MS = 0.2
const MOST_MS = 5
/** Bytes of covered lines that a start reads before it continues a log: some 50 ms. The rest is read while the process works. */
const FIRST_SCAN_BYTES = 4 << 20

/** How long a start waits until the lines that it found are sealed. A local key takes some 35 µs; a long log has to be hashed. */
const FOUND_MS = 1_000

export class SourceSeal {
  readonly #options: SourceSealOptions
  readonly #reader: LogReader
  /** Who had signed the checkpoint that was found. */
  readonly #foundKeys: readonly string[] | undefined
  #refusal: SealRefusal | undefined
  #hashes: HashFiles
  #tree: MerkleTree
  /** So many events have their hashes on the disk. */
  #place: number
  /** What became of the hashes behind that is not known: they must be made again before anything else. */
  #isUncertain = false
  #covered: CoveredLines | undefined
  readonly #scan: CoveredScan | undefined
  #difference: Difference | undefined
  #sealed: Sealed | undefined
  #hasSealed = false
  /** Somebody else has it in hand, and may keep it for long. */
  #isSigning = false
  #isClosed = false
  #running: Promise<unknown> = Promise.resolve()

  private constructor(options: SourceSealOptions, { refusal, frontier, known }: SealStart) {
    this.#options = options
    this.#reader = new LogReader(options.log)
    this.#foundKeys = known?.signedBy
    this.#refusal = refusal
    this.#hashes = hashFilesOf(options)
    this.#tree = this.#treeFrom(frontier)
    this.#place = frontier.size
    const { checkpoint } = options
    this.#covered = checkpoint.known && this.#coveredBy(checkpoint.known)
    this.#scan = this.#covered && new CoveredScan(options.log, this.#covered)
    if (known?.size === frontier.size) this.#sealed = sealedOf(options.log.source, frontier, known.text)
  }

  /** Rejects only if the disk does not answer: what speaks against the log is its `refusal`. */
  static async open(options: SourceSealOptions): Promise<SourceSeal> {
    const seal = new SourceSeal(options, await findSealStart({ ...options, hashes: hashFilesOf(options) }))
    await seal.scan(FIRST_SCAN_BYTES)
    return seal
  }

  /** Left out: it is sealed. */
  get refusal(): SealRefusal | undefined {
    return this.#refusal
  }

  /** Compares lines with the newest checkpoint. Undefined if this process trusts no checkpoint. */
  get covered(): CoveredLines | undefined {
    return this.#covered
  }

  /** A difference between the log and its checkpoint, if one was found so far. */
  get difference(): Difference | undefined {
    return this.#difference
  }

  /**
   * Events before this sequence may be removed. The last covered event stays: the next group is chained to it. An unsealed log
   * keeps all.
   */
  get mayGoTo(): number {
    return this.#refusal ? 0 : Math.max(0, (this.#sealed?.size ?? 0) - 1)
  }

  /** True if a checkpoint covers everything before that place. */
  covers(place: number): boolean {
    return !this.#refusal && (this.#sealed?.size ?? 0) >= place
  }

  /** The log does not match its seal: this process never seals it again. */
  refuse(refusal: SealRefusal): void {
    this.#refusal ??= refusal
  }

  /** Reads this many more bytes of covered lines, until all were read once. A difference is the `refusal` of the log. */
  async scan(maxBytes: number): Promise<void> {
    const difference = await this.#scan?.advance(maxBytes)
    if (!difference) return
    this.#difference = difference
    this.refuse(difference.reason)
  }

  /** So many events were read back and hashed. */
  get hashed(): number {
    return this.#tree.size
  }

  /** The newest checkpoint. */
  get sealed(): Sealed | undefined {
    return this.#sealed
  }

  /** The newest checkpoint is of this process's making. */
  get hasSealed(): boolean {
    return this.#hasSealed
  }

  /** The checkpoint that was found is by other keys than those that sign now. */
  get isRotated(): boolean {
    return this.#foundKeys !== undefined && this.#foundKeys.toSorted().join() !== this.#options.seal.keys.toSorted().join()
  }

  /** There is nothing to be sealed, or it cannot be. */
  get isUpToDate(): boolean {
    return this.#refusal !== undefined || this.#sealed?.size === this.#options.log.end
  }

  /** Reads back and hashes what is durable now, so that little is left to do when it is sealed. Rejects as the disk does. */
  hash(): Promise<void> {
    return this.#exclusively(() => (this.isUpToDate ? Promise.resolve() : this.#hashUpTo(this.#options.log.end)))
  }

  /**
   * Seals what is durable now. Resolves once the checkpoint is durable. Rejects as the disk and the signer do; called again, it goes
   * on where it was.
   */
  advance(): Promise<void> {
    return this.#exclusively(() => this.#advance())
  }

  /**
   * Seals the lines that were found in the log, before any reader gets them, if that takes no time. Never rejects: the next seal
   * of the log tries it again.
   */
  async sealFound(): Promise<void> {
    if (!this.#options.seal.isLocal) return
    const deadline = AbortSignal.timeout(FOUND_MS)
    const sealed = this.advance().catch(() => undefined)
    await Promise.race([sealed, new Promise((resolve) => deadline.addEventListener('abort', resolve))])
  }

  /** Waits for the disk, not for a signer. */
  async close(): Promise<void> {
    this.#isClosed = true
    if (!this.#isSigning) await this.#running
    await this.#reader.release()
  }

  async #advance(): Promise<void> {
    const { log } = this.#options
    if (this.isUpToDate || this.#isClosed || log.ownership.isLost) return
    // The first checkpoint is over nothing and comes before the first hash: a log that has hashes and no checkpoint was tampered with.
    if (!this.#sealed && !this.#foundKeys) await this.#sealAt({ size: 0, hashes: [] })
    await this.#hashUpTo(log.end)
    await this.#keepHashes()
    if (this.#refusal || this.#isClosed || this.#sealed?.size === this.#tree.size) return
    await this.#sealAt(this.#tree.frontier())
  }

  async #sealAt(frontier: Frontier): Promise<void> {
    const { log, seal, fileSystem, directory } = this.#options
    const checkpoint = { origin: log.source, size: frontier.size, root: rootOfFrontier(frontier.hashes) }
    const text = await this.#signed(checkpoint)
    if (this.#isClosed || this.#refusal) return
    // Whoever took the log over seals it now.
    await log.ownership.check()
    const file = await replaceFile(fileSystem, join(directory, CHECKPOINT_FILE), Buffer.from(text))
    await file.close()
    this.#sealed = sealedOf(log.source, frontier, text)
    this.#hasSealed = true
    this.#covered = this.#coveredBy(checkpoint)
    seal.published(this.#sealed)
  }

  async #signed(checkpoint: Checkpoint): Promise<string> {
    this.#isSigning = true
    try {
      return await this.#options.seal.sign(checkpoint)
    } finally {
      this.#isSigning = false
    }
  }

  async #hashUpTo(end: number): Promise<void> {
    if (this.#isUncertain) await this.#startOver()
    for (let restedMs = 0; this.#tree.size < end;) {
      const until = systemClock.monotonic() + Math.min(MOST_MS, Math.max(LEAST_MS, restedMs * SHARE))
      while (this.#tree.size < end && systemClock.monotonic() < until) if (!(await this.#hashSome(end))) return
      const paused = systemClock.monotonic()
      await nextTurn()
      restedMs = systemClock.monotonic() - paused
    }
  }

  async #keepHashes(): Promise<void> {
    const { log, places } = this.#options
    try {
      await log.ownership.check()
      await this.#hashes.write()
    } catch (error) {
      this.#isUncertain = true
      throw error
    }
    this.#place = this.#tree.size
    await places.set(SEAL_READER, this.#place)
  }

  /**
   * False if the next event cannot be read. A group ends at `end`: a checkpoint in the middle of a group would leave it without a
   * tag.
   */
  async #hashSome(end: number): Promise<boolean> {
    const { records } = await this.#reader.read(this.#tree.size, READ_BYTES, end)
    for (const { sequence, line } of records) {
      if (sequence !== this.#tree.size) break
      this.#tree.append(leafHash(line))
    }
    if (records.at(-1)?.end === this.#tree.size) return true
    // Whoever took the log over puts its files in order.
    const { ownership } = this.#options.log
    await ownership.check().catch(() => undefined)
    if (!ownership.isLost) this.#refusal = 'unreadable'
    return false
  }

  async #startOver(): Promise<void> {
    const hashes = hashFilesOf(this.#options)
    const frontier = await hashes.frontier(this.#place)
    this.#hashes = hashes
    this.#tree = this.#treeFrom(frontier)
    this.#isUncertain = false
  }

  #coveredBy(checkpoint: Checkpoint): CoveredLines {
    return new CoveredLines({ hashes: hashFilesOf(this.#options), log: this.#options.log, checkpoint })
  }

  #exclusively(task: () => Promise<void>): Promise<void> {
    const done = this.#running.then(task)
    this.#running = done.catch(() => undefined)
    return done
  }

  #treeFrom(frontier: Frontier): MerkleTree {
    return new MerkleTree({ onHash: (subtree, hash) => this.#hashes.add(subtree, hash) }, frontier)
  }
}

function hashFilesOf({ fileSystem, directory }: SourceSealOptions): HashFiles {
  return new HashFiles(fileSystem, join(directory, HASHES_DIRECTORY))
}

function sealedOf(origin: string, { size, hashes }: Frontier, checkpoint: string): Sealed {
  return { origin, size, checkpoint, frontier: hashes.map((hash) => Buffer.from(hash).toString('base64')) }
}
