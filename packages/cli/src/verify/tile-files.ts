import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { HASH_BYTES, TILE_WIDTH, tileReader, type HashReader } from '@audit/proof'

const TILE_BYTES = TILE_WIDTH * HASH_BYTES
const AHEAD_BYTES = 64 << 10
const noHash = Buffer.alloc(HASH_BYTES)

/**
 * The hashes that a log keeps in its own files. They prove nothing by themselves: the verifier computes the tree from the leaves
 * and trusts them only if it has the root of a checkpoint. The levels above are a shortcut for `audit prove`.
 */
export class TileFiles {
  /** Number of leaves. */
  readonly count: number
  /** Reason why they cannot be read; undefined if they can, or do not exist. */
  readonly problem: string | undefined
  readonly #directory: string
  readonly #files = new Map<number, number | undefined>()
  #ahead: Buffer | undefined
  #aheadFrom = 0
  #aheadTo = 0

  /** `directory` has the files `0`, `1`, … It need not exist. */
  constructor(directory: string) {
    this.#directory = directory
    try {
      const leaves = this.#file(0)
      this.count = leaves === undefined ? 0 : Math.floor(fstatSync(leaves).size / HASH_BYTES)
    } catch (error) {
      this.count = 0
      this.problem = `'${join(directory, '0')}' cannot be read (${(error as NodeJS.ErrnoException).code})`
    }
  }

  /** The leaf of that sequence, until the next is asked for. In order, each byte is read once. */
  leaf(sequence: number): Buffer | undefined {
    if (sequence >= this.count) return undefined
    const place = sequence * HASH_BYTES
    if (place < this.#aheadFrom || place + HASH_BYTES > this.#aheadTo) {
      this.#ahead ??= Buffer.alloc(AHEAD_BYTES)
      this.#aheadFrom = place
      this.#aheadTo = place + readSync(this.#file(0)!, this.#ahead, 0, AHEAD_BYTES, place)
      if (place + HASH_BYTES > this.#aheadTo) return undefined
    }
    const at = place - this.#aheadFrom
    const leaf = this.#ahead!.subarray(at, at + HASH_BYTES)
    // No event has that hash. A file with a hole of terabytes would be read for days.
    return leaf.equals(noHash) ? undefined : leaf
  }

  /** The hashes as they are stored, level by level. */
  get hashes(): HashReader {
    return tileReader((level, index) => this.#tile(level, index))
  }

  /** True if a level above the leaves (1 for `tiles/1`) has these hashes, up to its end. */
  hasLevel(tileLevel: number, hashes: Buffer): boolean {
    const file = this.#file(tileLevel)
    if (file === undefined) return true
    const stored = Buffer.alloc(Math.min(hashes.length, fstatSync(file).size))
    const count = readSync(file, stored, 0, stored.length, 0)
    return Buffer.compare(stored.subarray(0, count), hashes.subarray(0, count)) === 0
  }

  close(): void {
    for (const file of this.#files.values()) if (file !== undefined) closeSync(file)
    this.#files.clear()
    this.#ahead = undefined
    this.#aheadFrom = this.#aheadTo = 0
  }

  #tile(level: number, index: number): Uint8Array | undefined {
    const file = this.#file(level)
    if (file === undefined) return undefined
    const bytes = Buffer.alloc(TILE_BYTES)
    const count = readSync(file, bytes, 0, TILE_BYTES, index * TILE_BYTES)
    const whole = count - (count % HASH_BYTES)
    return whole > 0 ? bytes.subarray(0, whole) : undefined
  }

  /** A link or a pipe in place of a file is not followed, and the check does not wait for it. */
  #file(level: number): number | undefined {
    if (this.#files.has(level)) return this.#files.get(level)
    let file: number | undefined
    try {
      file = openSync(join(this.#directory, String(level)), constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW)
      if (!fstatSync(file).isFile()) throw Object.assign(new Error('It is not a file.'), { code: 'AUDIT_NOT_A_FILE' })
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (file !== undefined) closeSync(file)
      if (code !== 'ENOENT' && level === 0) throw error
      file = undefined
    }
    this.#files.set(level, file)
    return file
  }
}
