import { below, pick, type Random } from './simulated-random.ts'

/** Small, so that a short test has many pages. */
export const PAGE_BYTES = 512

/**
 * The bytes of a file twice: as processes read them now, and as the medium holds them. Pages that were written and not synced
 * reach the medium in any order, in part, or never.
 */
export class SimulatedFile {
  readonly kind = 'file'
  readonly inode: number
  readonly mode: number
  modifiedAt: number
  links = 1
  /** Descriptors that are open on it. */
  opened = 0
  #cache: Buffer
  #medium: Buffer
  #dirty = new Set<number>()

  constructor(inode: number, mode: number, modifiedAt: number, content: Buffer = Buffer.alloc(0)) {
    this.inode = inode
    this.mode = mode
    this.modifiedAt = modifiedAt
    this.#cache = content
    this.#medium = Buffer.from(content)
  }

  get size(): number {
    return this.#cache.length
  }

  /** The bytes as processes read them now. */
  get content(): Buffer {
    return this.#cache
  }

  write(bytes: Uint8Array, position: number, now: number): void {
    if (bytes.length === 0) return
    this.modifiedAt = now
    const from = Math.min(position, this.#cache.length)
    const end = position + bytes.length
    // Not in place: bytes that others have read must not change.
    this.#cache = Buffer.concat([grown(this.#cache.subarray(0, position), position), bytes, this.#cache.subarray(end)])
    for (let page = pageOf(from); page <= pageOf(end - 1); page++) this.#dirty.add(page)
  }

  read(bytes: Uint8Array, position: number): number {
    return this.#cache.copy(bytes, 0, position)
  }

  sync(): void {
    this.#medium = grown(this.#medium, this.#cache.length)
    for (const page of this.#dirty) this.#persist(page)
    this.#dirty.clear()
  }

  /**
   * The kernel after an error: some pages are on the medium, the others are not, and all count as clean, so that the next sync
   * skips them. Their bytes may be readable for a while, or are lost at once.
   */
  failSync(random: Random): void {
    const isEvicted = random() < 0.5
    for (const page of this.#dirty) {
      const end = Math.min((page + 1) * PAGE_BYTES, this.#cache.length)
      if (random() < 0.5) {
        this.#medium = grown(this.#medium, end)
        this.#persist(page)
      } else if (isEvicted) {
        this.#cache.fill(0, Math.max(page * PAGE_BYTES, Math.min(this.#medium.length, end)), end)
      }
    }
    this.#dirty.clear()
  }

  /** Returns the file after a power failure: the bytes of the medium, and any of the pages that were written back. */
  crashed(random: Random, inode: number): SimulatedFile {
    return new SimulatedFile(inode, this.mode, this.modifiedAt, this.#survivors(random))
  }

  #survivors(random: Random): Buffer {
    const survivors = Buffer.from(this.#medium)
    const kept = survivors.length
    if (this.#cache.length === kept && this.#dirty.size === 0) return survivors
    switch (pick(random, ['none', 'all', 'prefix', 'pages', 'pages'] as const)) {
      case 'none':
        return survivors
      case 'all':
        return this.#writtenBack(survivors, this.#cache.length)
      case 'prefix':
        return this.#writtenBack(survivors, kept + below(random, this.#cache.length - kept + 1))
      case 'pages':
        return this.#scattered(random, survivors)
    }
  }

  #writtenBack(survivors: Buffer, size: number): Buffer {
    const result = grown(survivors, size)
    for (const page of this.#dirty) this.#cache.copy(result, page * PAGE_BYTES, page * PAGE_BYTES, endOf(page, size))
    return result
  }

  /** The length is there, but the data are missing, incomplete, or old contents of the blocks. */
  #scattered(random: Random, survivors: Buffer): Buffer {
    const kept = survivors.length
    const isWhole = random() < 0.5
    const size = isWhole ? this.#cache.length : kept + below(random, this.#cache.length - kept + 1)
    const result = grown(survivors, size)
    for (const page of this.#dirty) {
      const start = page * PAGE_BYTES
      const end = endOf(page, size)
      const [from, length] = [Math.max(start, kept), end - Math.max(start, kept)]
      if (length <= 0) continue
      switch (pick(random, ['whole', 'whole', 'zero', 'torn', 'garbage', 'stale'] as const)) {
        case 'whole':
          this.#cache.copy(result, start, start, end)
          break
        case 'zero':
          break
        case 'torn':
          this.#cache.copy(result, from, from, from + below(random, length + 1))
          break
        case 'garbage':
          for (let index = from; index < end; index++) result[index] = below(random, 256)
          break
        case 'stale':
          this.#copyStale(random, result, from, length)
          break
      }
    }
    return result
  }

  /** A part of the file from another place, so whole lines that do not belong here. */
  #copyStale(random: Random, target: Buffer, from: number, length: number): void {
    const elsewhere = below(random, from + 1)
    this.#cache.copy(target, from, elsewhere, elsewhere + length)
  }

  #persist(page: number): void {
    this.#cache.copy(this.#medium, page * PAGE_BYTES, page * PAGE_BYTES, endOf(page, this.#cache.length))
  }
}

function pageOf(position: number): number {
  return Math.floor(position / PAGE_BYTES)
}

function endOf(page: number, size: number): number {
  return Math.max(page * PAGE_BYTES, Math.min((page + 1) * PAGE_BYTES, size))
}

/** Longer by zeros, if it is shorter. */
function grown(bytes: Buffer, size: number): Buffer {
  return size > bytes.length ? Buffer.concat([bytes, Buffer.alloc(size - bytes.length)]) : bytes
}
