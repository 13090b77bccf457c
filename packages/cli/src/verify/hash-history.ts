import { HASH_BYTES, MerkleTree, nodeHash, ProofError, rootAt, subtreesOf, type Frontier, type Subtree } from '@audit/proof'

/** Number of the latest leaves that are kept: more than a log seals at once. */
const KEPT_LEAVES = 1 << 18
/** A trail may have twenty thousand short logs. */
const FIRST_ROOM = 8
/** Limit for all logs together: enough for eight logs with the highest load. */
const BUDGET_BYTES = 64 << 20

/** Shares memory between the logs of a trail: when it is used up, the log that has not grown for the longest time keeps only its last leaves. */
export class LeafBudget {
  readonly #held = new Map<HashHistory, number>()
  #bytes = 0

  grow(history: HashHistory, bytes: number): void {
    this.#bytes += bytes - (this.#held.get(history) ?? 0)
    this.#held.delete(history)
    this.#held.set(history, bytes)
    for (const [oldest, held] of this.#held) {
      if (this.#bytes <= BUDGET_BYTES || oldest === history) return
      this.#held.delete(oldest)
      this.#bytes -= held
      oldest.forget()
    }
  }
}
/** Hashes from this level of the tree on are all kept: 32 bytes for each 256 leaves. */
const KEPT_LEVEL = 8

/** A tree that grows leaf by leaf and still knows its recent roots, in bounded memory. */
export class HashHistory {
  /** The latest leaves, in a ring by their sequence. */
  #leaves = Buffer.alloc(FIRST_ROOM * HASH_BYTES)
  #first: number
  #end: number
  #levels: Map<number, { readonly first: number; bytes: Buffer; count: number }> | undefined
  /** Hashes of the frontier that the tree began with. */
  #given: ReadonlyMap<string, Uint8Array> | undefined
  #tree: MerkleTree | undefined
  readonly #budget: LeafBudget

  /** The next leaf has this sequence. Without a frontier the tree before it is unknown. */
  constructor(budget: LeafBudget, first: number, frontier?: Frontier) {
    this.#budget = budget
    this.#first = first
    this.#end = first
    if (frontier) this.#tree = this.#treeFrom(frontier)
  }

  /** Number of leaves of the tree; undefined as long as there is no tree. */
  get size(): number | undefined {
    return this.#tree?.size
  }

  append(leaf: Uint8Array): void {
    if ((this.#end - this.#first + 1) * HASH_BYTES > this.#leaves.length) this.#makeRoom()
    this.#leaves.set(leaf, this.#placeOf(this.#end))
    this.#end++
    this.#tree?.append(leaf)
  }

  /** A second history with the same beginning. */
  fork(): HashHistory {
    const frontier = this.#tree?.frontier()
    return new HashHistory(this.#budget, this.#end, frontier)
  }

  /** The same leaves, without a known tree. */
  withoutTree(): HashHistory {
    this.#tree = undefined
    this.#levels = this.#given = undefined
    return this
  }

  /** Keeps only the last leaves. */
  forget(): void {
    const kept = Math.min(FIRST_ROOM, this.#end - this.#first)
    const leaves = Array.from({ length: kept }, (_, at) => Buffer.from(this.leaf(this.#end - kept + at)!))
    this.#leaves = Buffer.alloc(FIRST_ROOM * HASH_BYTES)
    this.#first = this.#end - kept
    for (const [at, leaf] of leaves.entries()) this.#leaves.set(leaf, this.#placeOf(this.#first + at))
  }

  /** The leaf with that sequence, if it is still kept. */
  leaf(sequence: number): Buffer | undefined {
    if (sequence < this.#first || sequence >= this.#end) return undefined
    return this.#leaves.subarray(this.#placeOf(sequence), this.#placeOf(sequence) + HASH_BYTES)
  }

  /** Begins the tree at an earlier frontier. False if the leaves since then are not kept any more. */
  beginAt(frontier: Frontier): boolean {
    if (frontier.size < this.#first || frontier.size > this.#end) return false
    const tree = this.#treeFrom(frontier)
    for (let sequence = frontier.size; sequence < this.#end; sequence++) tree.append(Buffer.from(this.leaf(sequence)!))
    this.#tree = tree
    return true
  }

  /** All hashes of a level from 8 on, if the tree has them from its beginning. */
  levelFromStart(level: number): Buffer | undefined {
    const kept = this.#levels?.get(level)
    return kept?.first === 0 ? kept.bytes.subarray(0, kept.count * HASH_BYTES) : undefined
  }

  /** The root over this number of first leaves; undefined if it is too long ago. */
  rootAt(size: number): Uint8Array | undefined {
    if (!this.#tree || size > this.#tree.size) return undefined
    if (size === this.#tree.size) return this.#tree.root()
    try {
      return rootAt(size, (subtree) => this.#hashOf(subtree))
    } catch (error) {
      if (error instanceof ProofError) return undefined
      throw error
    }
  }

  #treeFrom(frontier: Frontier): MerkleTree {
    this.#levels = undefined
    const parts = subtreesOf(frontier.size)
    this.#given = parts.length > 0 ? new Map(parts.map((subtree, at) => [nameOf(subtree), frontier.hashes[at]!])) : undefined
    return new MerkleTree({ onHash: (subtree, hash) => this.#keep(subtree, hash) }, frontier)
  }

  #keep({ level, index }: Subtree, hash: Uint8Array): void {
    if (level < KEPT_LEVEL) return
    this.#levels ??= new Map()
    let kept = this.#levels.get(level)
    if (!kept) this.#levels.set(level, (kept = { first: index, bytes: Buffer.alloc(4 * HASH_BYTES), count: 0 }))
    if (kept.count * HASH_BYTES === kept.bytes.length) kept.bytes = Buffer.concat([kept.bytes, Buffer.alloc(kept.bytes.length)])
    kept.bytes.set(hash, kept.count++ * HASH_BYTES)
  }

  #hashOf({ level, index }: Subtree): Uint8Array | undefined {
    const given = this.#given?.get(nameOf({ level, index }))
    if (given) return given
    if (level === 0) return this.leaf(index)
    if (level >= KEPT_LEVEL) {
      const kept = this.#levels?.get(level)
      if (!kept || index < kept.first || index >= kept.first + kept.count) return undefined
      return kept.bytes.subarray((index - kept.first) * HASH_BYTES, (index - kept.first + 1) * HASH_BYTES)
    }
    const left = this.#hashOf({ level: level - 1, index: index * 2 })
    const right = this.#hashOf({ level: level - 1, index: index * 2 + 1 })
    return left && right && nodeHash(left, right)
  }

  #placeOf(sequence: number): number {
    return (sequence * HASH_BYTES) % this.#leaves.length
  }

  /** Doubles the space or, at the limit, removes the oldest leaves. */
  #makeRoom(): void {
    const count = this.#leaves.length / HASH_BYTES
    if (count >= KEPT_LEAVES) {
      this.#first = this.#end - count + 1
      return
    }
    const kept = Array.from({ length: this.#end - this.#first }, (_, at) => Buffer.from(this.leaf(this.#first + at)!))
    this.#leaves = Buffer.alloc(this.#leaves.length * 2)
    this.#budget.grow(this, this.#leaves.length)
    for (const [at, leaf] of kept.entries()) this.#leaves.set(leaf, this.#placeOf(this.#first + at))
  }
}

function nameOf({ level, index }: Subtree): string {
  return `${level}/${index}`
}
