import { join } from 'node:path'
import { rootOfFrontier, type Checkpoint, type Frontier } from '@audit/proof'
import type { Seal, Sealed } from '../../journal/seal.ts'
import { CoveredLines, type HeldLine } from './covered-lines.ts'
import { CoveredScan, type Difference } from './covered-scan.ts'
import type { FileSystem } from '../../log-format/file-system.ts'
import { TileFiles } from './tile-files.ts'
import { LogTree, type WrittenCheck } from './log-tree.ts'
import type { Offsets } from '../log/offsets.ts'
import { findSealStart, type FoundCheckpoint, type SealRefusal, type SealStart } from './seal-start.ts'
import { CHECKPOINT_FILE, TILES_DIRECTORY } from '../../log-format/file-names.ts'
import { SerialQueue } from '../../serial-queue.ts'
import { replaceFile } from '../../log-format/small-file.ts'
import type { LogWriter } from '../log/log-writer.ts'

// Seals the log of one source, in this order: durable lines are read back, checked and hashed; the hashes are synced; the
// checkpoint is signed; it is made durable in the log's directory; then others are notified. A crash in between repeats the last
// steps, with the same result.

export interface LogSealerOptions {
  readonly fileSystem: FileSystem
  /** Directory of the source. */
  readonly directory: string
  readonly log: LogWriter
  readonly offsets: Offsets
  readonly seal: Seal
  /** State of the log before any event of it was read. */
  readonly checkpoint: FoundCheckpoint
  /** A person released all of it, so its lines were not authenticated. */
  readonly isReleased: boolean
  /** This process has just made it. */
  readonly isNew: boolean
  /** Begins after the checkpoint. Left out: nothing shows that a later line was changed. */
  readonly check?: WrittenCheck | undefined
}

/** Bytes of covered lines that a start reads before it continues a log: some 50 ms. The rest is read in the background. */
const FIRST_SCAN_BYTES = 4 << 20

/**
 * How long a start waits until the lines that it found are sealed. A local key takes some 35 µs, but a long log has to be hashed.
 */
const FOUND_MS = 1_000

export class LogSealer {
  readonly #options: LogSealerOptions
  readonly #hashes: TileFiles
  /** Undefined if this process does not seal the log from its start on. */
  readonly #tree: LogTree | undefined
  /** Keys that signed the checkpoint that was found. */
  readonly #foundKeys: readonly string[] | undefined
  #refusal: SealRefusal | undefined
  #covered: CoveredLines | undefined
  readonly #scan: CoveredScan | undefined
  #difference: Difference | undefined
  #sealed: Sealed | undefined
  #hasSealed = false
  #isClosed = false
  readonly #tasks = new SerialQueue()
  /** The checkpoint that is being written to the disk. */
  #writing: Promise<void> | undefined

  private constructor(options: LogSealerOptions, { refusal, frontier, known }: SealStart) {
    const { log, offsets, checkpoint, check } = options
    this.#options = options
    this.#hashes = hashFilesOf(options)
    this.#tree = refusal ? undefined : new LogTree({ log, offsets, hashes: this.#hashes, frontier, check })
    this.#foundKeys = known?.signedBy
    this.#refusal = refusal
    this.#covered = checkpoint.known && new CoveredLines({ hashes: this.#hashes, log, checkpoint: checkpoint.known })
    this.#scan = this.#covered && new CoveredScan(log, this.#covered)
    if (known?.size === frontier.size) this.#sealed = sealedOf(log.source, frontier, known.text)
  }

  /** Rejects only if the disk fails. A problem of the log itself becomes its `refusal`. */
  static async open(options: LogSealerOptions): Promise<LogSealer> {
    const seal = new LogSealer(options, await findSealStart({ ...options, hashes: hashFilesOf(options) }))
    await seal.scan(FIRST_SCAN_BYTES)
    return seal
  }

  /** Left out: the log is sealed. */
  get refusal(): SealRefusal | undefined {
    return this.#refusal ?? this.#tree?.difference?.reason
  }

  /** A range of the log that differs from its checkpoint or from what was written, if one was found so far. */
  get difference(): Difference | undefined {
    return this.#difference ?? this.#tree?.difference
  }

  /**
   * The sequences of those lines, as read from the disk, that are not shown to be what was written. In a log that was refused at
   * the start, only lines that its checkpoint covers are compared. Rejects with errors of the disk.
   */
  async changed(lines: readonly HeldLine[]): Promise<readonly number[]> {
    const tree = this.#tree
    if (!tree) return (await this.#covered?.changed(lines)) ?? []
    const end = (lines.at(-1)?.sequence ?? -1) + 1
    if (end > tree.size) await tree.hash()
    if (end > tree.size) await this.#options.log.fencing.check()
    if (!this.#covered || end > this.#covered.size) this.#covered = this.#coveredBy(tree.frontier())
    const covered = this.#covered
    const unknown = lines.filter(({ sequence }) => sequence >= covered.size).map(({ sequence }) => sequence)
    return [...(await covered.changed(lines)), ...unknown]
  }

  /**
   * Events before this sequence may be removed. The last covered event stays: the next group is chained to it. An unsealed log
   * keeps all.
   */
  get mayGoTo(): number {
    return this.refusal ? 0 : Math.max(0, (this.#sealed?.size ?? 0) - 1)
  }

  /** True if a checkpoint covers everything before that offset. */
  covers(offset: number): boolean {
    return !this.refusal && (this.#sealed?.size ?? 0) >= offset
  }

  /** The log does not match its seal, so this process never seals it again. */
  refuse(refusal: SealRefusal): void {
    this.#refusal ??= refusal
  }

  /** Reads this many more bytes of covered lines, until all were read once. A difference becomes the `refusal` of the log. */
  async scan(maxBytes: number): Promise<void> {
    const difference = await this.#scan?.advance(maxBytes)
    if (!difference) return
    this.#difference = difference
    this.refuse(difference.reason)
  }

  /** The newest checkpoint. */
  get sealed(): Sealed | undefined {
    return this.#sealed
  }

  /** True if this process made the newest checkpoint. */
  get hasSealed(): boolean {
    return this.#hasSealed
  }

  /** True if other keys signed the checkpoint that was found than those that sign now. */
  get isRotated(): boolean {
    return this.#foundKeys !== undefined && this.#foundKeys.toSorted().join() !== this.#options.seal.keys.toSorted().join()
  }

  /** True if there is nothing to seal, or the log cannot be sealed. */
  get isUpToDate(): boolean {
    return this.refusal !== undefined || this.#sealed?.size === this.#options.log.end
  }

  /** Reads back and hashes what is durable now, so that sealing has little left to do. Rejects with errors of the disk. */
  async hash(): Promise<void> {
    if (!this.isUpToDate) await this.#tree?.hash()
  }

  /**
   * Seals what is durable now. Resolves once the checkpoint is durable. Rejects with errors of the disk and the signer; the next
   * call continues from there.
   */
  advance(): Promise<void> {
    return this.#tasks.run(() => this.#advance())
  }

  /**
   * Seals the lines that were found in the log before any cursor gets them, if that is fast. Never rejects: the next seal of the
   * log tries it again.
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
    await this.#writing?.catch(() => undefined)
    await this.#tree?.close()
  }

  async #advance(): Promise<void> {
    const { log } = this.#options
    const tree = this.#tree
    if (!tree || this.isUpToDate || this.#isClosed || log.fencing.isLost) return
    // The first checkpoint covers nothing and comes before the first hash, so a log with hashes and no checkpoint was tampered
    // with.
    if (!this.#sealed && !this.#foundKeys) await this.#sealAt({ size: 0, hashes: [] })
    const frontier = await tree.keep()
    if (this.refusal || this.#isClosed || this.#sealed?.size === frontier.size) return
    await this.#sealAt(frontier)
  }

  async #sealAt(frontier: Frontier): Promise<void> {
    const { log, seal } = this.#options
    const text = await seal.sign(checkpointOf(log.source, frontier))
    if (this.#isClosed || this.refusal) return
    this.#writing = this.#write(frontier, text)
    await this.#writing
  }

  async #write(frontier: Frontier, text: string): Promise<void> {
    const { log, seal, fileSystem, directory } = this.#options
    // A process that took the log over seals it now.
    await log.fencing.check()
    const file = await replaceFile(fileSystem, join(directory, CHECKPOINT_FILE), Buffer.from(text))
    await file.close()
    this.#sealed = sealedOf(log.source, frontier, text)
    this.#hasSealed = true
    seal.published(this.#sealed)
  }

  #coveredBy(frontier: Frontier): CoveredLines {
    const { log } = this.#options
    return new CoveredLines({ hashes: this.#hashes, log, checkpoint: checkpointOf(log.source, frontier), frontier })
  }
}

function checkpointOf(origin: string, { size, hashes }: Frontier): Checkpoint {
  return { origin, size, root: rootOfFrontier(hashes) }
}

function hashFilesOf({ fileSystem, directory }: LogSealerOptions): TileFiles {
  return new TileFiles(fileSystem, join(directory, TILES_DIRECTORY))
}

function sealedOf(origin: string, { size, hashes }: Frontier, checkpoint: string): Sealed {
  return { origin, size, checkpoint, frontier: hashes.map((hash) => Buffer.from(hash).toString('base64')) }
}
