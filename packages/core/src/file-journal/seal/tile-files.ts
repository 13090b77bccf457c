import { join } from 'node:path'
import { HASH_BYTES, TILE_HEIGHT, TILE_WIDTH, subtreesOf, tileReader, type Frontier, type Subtree } from '@audit/proof'
import type { FileSystem } from '../../log-format/file-system.ts'
import { ensureDirectory, ifMissing, readWhole } from '../../log-format/small-file.ts'

// The hashes of a log's tree, in one file per level of tiles (C2SP tlog-tiles): the hash with index N of level 8·L is in
// `tiles/L` at N · 32, so a tile is a range of its file. Each hash has one offset and one possible value: a process that writes
// it again changes nothing.

const TILE_BYTES = TILE_WIDTH * HASH_BYTES

/** Adjacent hashes of one level that are not written yet. */
interface Run {
  readonly first: number
  readonly hashes: Uint8Array[]
}

export class TileFiles {
  readonly #fileSystem: FileSystem
  readonly #directory: string
  readonly #waiting = new Map<number, Run>()

  /** `directory` is created with the first hash. */
  constructor(fileSystem: FileSystem, directory: string) {
    this.#fileSystem = fileSystem
    this.#directory = directory
  }

  /** Keeps a hash that `MerkleTree` reports, unless it can be computed from a level below. */
  add({ level, index }: Subtree, hash: Uint8Array): void {
    if (level % TILE_HEIGHT !== 0) return
    const run = this.#waiting.get(level / TILE_HEIGHT)
    if (run) run.hashes.push(hash)
    else this.#waiting.set(level / TILE_HEIGHT, { first: index, hashes: [hash] })
  }

  /** Resolves once every hash that was added is durable. After a rejection the next call writes all of them again. */
  async write(): Promise<void> {
    const runs = [...this.#waiting]
    if (runs.length === 0) return
    await ensureDirectory(this.#fileSystem, this.#directory)
    await Promise.all(runs.map(([level, run]) => this.#writeRun(level, run)))
    // The file of a level is created with its first hash.
    if (runs.some(([, { first }]) => first === 0)) await this.#fileSystem.syncDirectory(this.#directory)
    this.#waiting.clear()
  }

  /** The hashes from which a tree of that size can grow. Throws a `ProofError` if a file does not have one of them. */
  async frontier(size: number): Promise<Frontier> {
    const subtrees = subtreesOf(size)
    const tiles = new Map<string, Uint8Array>()
    for (const { level, index } of subtrees) {
      const tileLevel = Math.floor(level / TILE_HEIGHT)
      const tile = Math.floor((index * 2 ** (level % TILE_HEIGHT)) / TILE_WIDTH)
      const key = `${tileLevel}/${tile}`
      if (!tiles.has(key)) tiles.set(key, await this.tile(tileLevel, tile))
    }
    const read = tileReader((level, index) => {
      const tile = tiles.get(`${level}/${index}`)
      return tile?.length ? tile : undefined
    })
    // Missing hashes have no length, so a tree that grows from them throws.
    return { size, hashes: subtrees.map((subtree) => read(subtree) ?? new Uint8Array(0)) }
  }

  /** The existing hashes of a tile, whatever tree they belong to. Unwritten ones replace those on the disk. */
  async tile(level: number, index: number): Promise<Uint8Array> {
    const kept = await this.#keptTile(level, index)
    const run = this.#waiting.get(level)
    const first = index * TILE_WIDTH
    if (!run || run.first >= first + TILE_WIDTH) return kept
    const before = kept.subarray(0, Math.max(0, run.first - first) * HASH_BYTES)
    const from = Math.max(0, first - run.first)
    const waiting = run.hashes.slice(from, from + TILE_WIDTH - before.length / HASH_BYTES)
    return first + before.length / HASH_BYTES === run.first + from ? Buffer.concat([before, ...waiting]) : kept
  }

  async #keptTile(level: number, index: number): Promise<Uint8Array> {
    const file = await this.#fileSystem.open(this.#pathOf(level), 'read').catch(ifMissing)
    if (!file) return new Uint8Array(0)
    try {
      const bytes = Buffer.alloc(TILE_BYTES)
      const count = await readWhole(file, bytes, index * TILE_BYTES)
      return bytes.subarray(0, count - (count % HASH_BYTES))
    } finally {
      await file.close()
    }
  }

  async #writeRun(level: number, { first, hashes }: Run): Promise<void> {
    const bytes = Buffer.concat(hashes)
    const file = await this.#fileSystem.open(this.#pathOf(level), 'update')
    try {
      const count = await file.write(bytes, first * HASH_BYTES)
      if (count !== bytes.length) throw Object.assign(new Error('The disk is full.'), { code: 'ENOSPC' })
      await file.sync()
    } finally {
      await file.close()
    }
  }

  #pathOf(level: number): string {
    return join(this.#directory, String(level))
  }
}
