import { HASH_BYTES, MerkleTree, nodeHash, ProofError, rootAt, subtreesOf, type Frontier, type Subtree } from '@audit/proof'
import { SharedRooms, type Room } from './shared-rooms.ts'

/** Number of the latest leaves that are kept: more than a log seals at once. */
const KEPT_LEAVES = 1 << 18
/** A trail may have twenty thousand short logs. */
const FIRST_ROOM = 32
/** A log with no more leaves has no tree: its roots are made from its leaves. */
const MAX_UNPLANTED = FIRST_ROOM
/** Hashes from this level of the tree on are all kept: 32 bytes for each 256 leaves. */
const KEPT_LEVEL = 8
/** Limit for all logs together: enough for eight logs with the highest load. */
const BUDGET_BYTES = 64 << 20

/**
 * Shares memory between the logs of a trail: when it is used up, the log that has not grown for the longest time keeps only its
 * last leaves.
 */
export class LeafBudget {
  readonly rooms: SharedRooms = new SharedRooms()
  /** Leaves per history. Short histories are left out, because the number of logs limits them. */
  readonly #held = new Map<HashHistory, number>()
  #bytes = 0

  grow(history: HashHistory, leaves: number): void {
    if (leaves <= MAX_UNPLANTED) return
    const bytes = leaves * HASH_BYTES
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

  end(history: HashHistory): void {
    this.#bytes -= this.#held.get(history) ?? 0
    this.#held.delete(history)
  }
}

/** A tree that grows leaf by leaf and still knows its recent roots, in bounded memory. */
export class HashHistory {
  /** The latest leaves, in a ring by their sequence. */
  #room: Room
  #first: number
  #end: number
  #levels: Map<number, { readonly first: number; bytes: Buffer; count: number }> | undefined
  /** Hashes of the frontier that the tree began with. */
  #given: ReadonlyMap<string, Uint8Array> | undefined
  /** `unplanted`: the tree begins with the first leaf of the log, and the room still has all of its leaves. */
  #tree: MerkleTree | 'unplanted' | undefined
  readonly #budget: LeafBudget

  /** The next leaf has this sequence. Without a frontier the tree before it is unknown. */
  constructor(budget: LeafBudget, first: number, frontier?: Frontier) {
    this.#budget = budget
    this.#room = budget.rooms.take(FIRST_ROOM * HASH_BYTES)
    this.#first = first
    this.#end = first
    if (frontier) this.#tree = frontier.size === 0 && first === 0 ? 'unplanted' : this.#treeFrom(frontier)
  }

  /** Number of leaves of the tree; undefined as long as there is no tree. */
  get size(): number | undefined {
    return this.#tree === 'unplanted' ? this.#end : this.#tree?.size
  }

  append(leaf: Uint8Array): void {
    if ((this.#end - this.#first) * HASH_BYTES === this.#room.length) this.#makeRoom()
    this.#put(this.#end, leaf)
    this.#end++
    if (this.#tree !== 'unplanted') this.#tree?.append(leaf)
  }

  /** A second history with the same beginning. */
  fork(): HashHistory {
    this.#plant()
    return new HashHistory(this.#budget, this.#end, (this.#tree as MerkleTree | undefined)?.frontier())
  }

  /** The same leaves, without a known tree. */
  withoutTree(): HashHistory {
    this.#tree = undefined
    this.#levels = this.#given = undefined
    return this
  }

  /** It is not needed any more, and must not be used. */
  end(): void {
    this.#budget.end(this)
    this.#budget.rooms.free(this.#room)
  }

  /** Keeps only the last leaves. */
  forget(): void {
    this.#plant()
    const first = Math.max(this.#first, this.#end - FIRST_ROOM)
    this.#move(this.#budget.rooms.take(FIRST_ROOM * HASH_BYTES), first)
  }

  /** The leaf with that sequence, if it is still kept. */
  leaf(sequence: number): Buffer | undefined {
    if (sequence < this.#first || sequence >= this.#end) return undefined
    const at = placeIn(this.#room, sequence)
    return this.#room.bytes.subarray(at, at + HASH_BYTES)
  }

  /** Begins the tree at an earlier frontier. False if the leaves since then are not kept any more. */
  beginAt(frontier: Frontier): boolean {
    if (frontier.size < this.#first || frontier.size > this.#end) return false
    this.#tree = this.#treeFrom(frontier)
    this.#growFrom(frontier.size)
    return true
  }

  /** All hashes of a level from 8 on, if the tree has them from its beginning. */
  levelFromStart(level: number): Buffer | undefined {
    const kept = this.#levels?.get(level)
    return kept?.first === 0 ? kept.bytes.subarray(0, kept.count * HASH_BYTES) : undefined
  }

  /** The root over this number of first leaves; undefined if it is too long ago. */
  rootAt(size: number): Uint8Array | undefined {
    if (this.size === undefined || size > this.size) return undefined
    if (this.#tree instanceof MerkleTree && size === this.size) return this.#tree.root()
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

  #plant(): void {
    if (this.#tree !== 'unplanted') return
    this.#tree = this.#treeFrom({ size: 0, hashes: [] })
    this.#growFrom(0)
  }

  #growFrom(size: number): void {
    for (let sequence = size; sequence < this.#end; sequence++)
      (this.#tree as MerkleTree).append(Buffer.from(this.leaf(sequence)!))
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

  #put(sequence: number, leaf: Uint8Array): void {
    this.#room.bytes.set(leaf, placeIn(this.#room, sequence))
  }

  /** Doubles the space or, at the limit, removes the oldest leaves. */
  #makeRoom(): void {
    const leaves = this.#room.length / HASH_BYTES
    if (leaves >= KEPT_LEAVES) {
      this.#first++
      return
    }
    if (leaves === MAX_UNPLANTED) this.#plant()
    this.#move(this.#budget.rooms.take(leaves * 2 * HASH_BYTES), this.#first)
    this.#budget.grow(this, leaves * 2)
  }

  #move(room: Room, first: number): void {
    const before = this.#room
    for (let sequence = first; sequence < this.#end; sequence++) {
      const start = placeIn(before, sequence)
      before.bytes.copy(room.bytes, placeIn(room, sequence), start, start + HASH_BYTES)
    }
    this.#room = room
    this.#first = first
    this.#budget.rooms.free(before)
  }
}

function placeIn({ start, length }: Room, sequence: number): number {
  return start + ((sequence * HASH_BYTES) % length)
}

function nameOf({ level, index }: Subtree): string {
  return `${level}/${index}`
}
