import type { Frontier } from '@audit/proof'
import type { Basis, Claim, Trust } from './claims.ts'
import { HashHistory, type LeafBudget } from './hash-history.ts'
import { LineCounts } from './line-counts.ts'
import type { ProvenRange } from './report.ts'
import { StrayLines } from './stray-lines.ts'

// Makes the tree of a log from its lines, and from kept hashes where a line is missing. A checkpoint with its root proves all of that.

/** A claim, and whether the tree had that root; undefined as long as, or because, that cannot be decided. */
export interface CheckedClaim {
  readonly claim: Claim
  holds: boolean | undefined
  /** Which tree it was held against: there is a new one behind each break. */
  tree: number
}

export type Span = ProvenRange

/** What came of a log's tree. */
export interface TreeEvidence {
  /** Without those that hold and say no more than a larger one: of a year's seals few are left. */
  readonly claims: readonly CheckedClaim[]
  /** Where genuine checkpoints cover every leaf, in order; if nothing was given, any checkpoints. */
  readonly proven: readonly Span[]
  /** Lines in those spans, those that are known to be changed left out. */
  readonly provenCount: number
  /** Lines that are not what was sealed, each known for sure; the first of them. */
  readonly changed: readonly number[]
  readonly changedCount: number
  /** Lines of spans in which something was changed, and nothing says where. */
  readonly doubtfulCount: number
  /** The first leaf in the tiles that is not that of its line, although the line is as it was sealed. */
  readonly strayTile: number | undefined
  /** Where the tree of the last span begins; `Infinity` if it never began. */
  readonly coveredFrom: number
  /** Lines behind the largest claim, and behind the last span. */
  readonly behindClaims: number
  readonly behindProven: number
}

export class ClaimedTree {
  readonly #budget: LeafBudget
  readonly #basis: Basis
  /** Made from the lines. */
  #main: HashHistory | undefined
  /** Made from the kept hashes, since the first line that is not as they say. */
  #fromTiles: HashHistory | undefined
  #strays: StrayLines | undefined
  readonly #claims = new Set<CheckedClaim>()
  #waiting: Map<number, CheckedClaim[]> | undefined
  #largestHeld: CheckedClaim | undefined
  #largestClaim = 0
  #hasFailed = false
  #trees = 0
  #coveredFrom = 0
  /** Up to here the current span is proven, and so many lines had been there by then. */
  #provenTo = 0
  #linesProven = 0
  #isOpen = false
  readonly #proven: Span[] = []
  #provenCount = 0
  #doubtfulCount = 0
  readonly #counts = new LineCounts()
  #linesAtLargestClaim = 0
  #linesAtLastProof = 0

  constructor(budget: LeafBudget, basis: Basis) {
    this.#budget = budget
    this.#basis = basis
  }

  /** Whether the tree goes on from the beginning of the log, or from a seal. */
  get isGrowing(): boolean {
    return this.#main?.size !== undefined
  }

  /** The leaf at a place, if it is still known. */
  leaf(sequence: number): Buffer | undefined {
    return this.#main?.leaf(sequence)
  }

  /** The first leaf comes. At 0 the tree begins; later it waits for a seal that it can go on from. */
  begin(sequence: number): void {
    this.#counts.startAt(sequence)
    this.#main = new HashHistory(this.#budget, sequence, sequence === 0 ? { size: 0, hashes: [] } : undefined)
    this.#coveredFrom = sequence === 0 ? 0 : Infinity
    if (sequence === 0) this.#openSpan(0)
    this.#compareAt(sequence)
  }

  /** A line, and the leaf that is kept for it, if there is one. */
  addLine(leaf: Uint8Array, kept: Uint8Array | undefined): void {
    const isStray = kept !== undefined && Buffer.compare(kept, leaf) !== 0
    if (isStray) {
      this.#strays ??= new StrayLines()
      this.#strays.add(this.#counts.end)
      if (this.isGrowing) this.#fromTiles ??= this.#main!.fork()
    }
    this.#counts.addLine()
    this.#append(leaf, isStray ? Buffer.from(kept) : leaf)
  }

  /** The leaf of a line that is not there. */
  addHole(leaf: Uint8Array): void {
    this.#counts.addHole()
    this.#append(leaf, leaf)
  }

  /** The largest claim that waits for more leaves than there are, up to that many. */
  largestWaiting(atMost: number): number {
    let largest = 0
    for (const size of this.#waiting?.keys() ?? []) if (size <= atMost && size > largest) largest = size
    return largest
  }

  /** Leaves are missing up to that sequence: the tree ends, until a seal says how it goes on. */
  interrupt(sequence: number): void {
    this.#giveUp()
    this.#main = new HashHistory(this.#budget, sequence)
    this.#counts.startAt(sequence)
    // Claims over what was left out cannot be compared any more.
    for (const size of this.#waiting?.keys() ?? []) if (size <= sequence) this.#noteLargest(size, this.#counts.lines)
  }

  claim(claim: Claim): void {
    const checked: CheckedClaim = { claim, holds: undefined, tree: -1 }
    this.#claims.add(checked)
    if (this.#main && claim.size <= this.#counts.end) {
      this.#noteLargest(claim.size, this.#counts.at(claim.size))
      this.#compare(checked)
    } else {
      this.#waiting ??= new Map()
      this.#waiting.set(claim.size, [...(this.#waiting.get(claim.size) ?? []), checked])
    }
  }

  /** A seal has what a tree grows on from: a copy that begins late can be checked from there on. */
  continueFrom(frontier: Frontier): void {
    if (this.isGrowing || !this.#main?.beginAt(frontier)) return
    this.#coveredFrom = frontier.size
    this.#openSpan(frontier.size)
    for (const checked of this.#claims)
      if (checked.holds === undefined && checked.claim.size <= this.#counts.end) this.#compare(checked)
  }

  /** Whether the upper levels of the tiles are those of this tree; true as long as it cannot tell. */
  hasLevels(isSame: (tileLevel: number, hashes: Buffer) => boolean): boolean {
    for (let tileLevel = 1; ; tileLevel++) {
      const hashes = this.#main?.levelFromStart(tileLevel * 8)
      if (!hashes) return true
      if (!isSame(tileLevel, hashes)) return false
    }
  }

  evidence(): TreeEvidence {
    this.#closeSpan()
    return {
      claims: [...this.#claims],
      proven: this.#proven,
      provenCount: this.#provenCount,
      changed: this.#strays?.changed ?? [],
      changedCount: this.#strays?.changedCount ?? 0,
      doubtfulCount: this.#doubtfulCount,
      strayTile: this.#strays?.strayTile,
      coveredFrom: this.#coveredFrom,
      behindClaims: this.#counts.lines - this.#linesAtLargestClaim,
      behindProven: this.#counts.lines - this.#linesAtLastProof,
    }
  }

  /** Claims, for a log that turns out to be of another kind. */
  claimsSoFar(): readonly Claim[] {
    return Array.from(this.#claims, ({ claim }) => claim)
  }

  #append(leaf: Uint8Array, kept: Uint8Array): void {
    this.#main!.append(leaf)
    this.#fromTiles?.append(kept)
    if (this.#waiting) this.#compareAt(this.#counts.end)
  }

  #compareAt(size: number): void {
    const waiting = this.#waiting?.get(size)
    if (!waiting) return
    this.#waiting!.delete(size)
    this.#noteLargest(size, this.#counts.lines)
    // The one that holds comes first, so that another root for the same size is a second history, and not a reason to doubt this one.
    const root = this.#main?.rootAt(size)
    const holds = ({ claim }: CheckedClaim) => isRoot(root, claim.root) === true
    for (const checked of [...waiting.filter(holds), ...waiting.filter((each) => !holds(each))]) this.#compare(checked)
  }

  #compare(checked: CheckedClaim): void {
    const { size, root, trust } = checked.claim
    const isDeciding = this.#decides(trust)
    checked.tree = this.#trees
    checked.holds = isRoot(this.#main?.rootAt(size), root)
    if (checked.holds === false && isDeciding && this.#fromTiles && isRoot(this.#fromTiles.rootAt(size), root)) {
      this.#believeTiles(size)
      checked.holds = true
    }
    if (checked.holds) this.#held(checked)
    else if (checked.holds === false) {
      this.#hasFailed = true
      if (isDeciding) this.#failed(size)
    }
  }

  /** A stranger's checkpoint must not decide what the lines were. Without a key and an anchor every checkpoint is a stranger's. */
  #decides(trust: Trust): boolean {
    return trust === 'genuine' || this.#basis === 'nothing'
  }

  /** The kept hashes are those of a checkpoint, so it is the lines that were changed. */
  #believeTiles(size: number): void {
    this.#strays?.believeTiles(size)
    this.#main = this.#fromTiles
    this.#fromTiles = undefined
  }

  #held(checked: CheckedClaim): void {
    const { size, trust } = checked.claim
    this.#strays?.accuse(size)
    // The lines make the root, so it is the kept hashes that are damaged.
    if (this.#strays?.acquit(size)) this.#fromTiles = undefined
    if (this.#decides(trust) && this.#isOpen && size > this.#provenTo) {
      const lines = this.#counts.at(size)
      this.#provenCount += lines - this.#linesProven - (this.#strays?.takeChanged() ?? 0)
      this.#linesProven = this.#linesAtLastProof = lines
      this.#provenTo = size
      this.#counts.forgetBelow(size)
    }
    this.#keepLargest(checked)
  }

  /** Something before `size` is not what was sealed. What follows can be proven again from the next seal on. */
  #failed(size: number): void {
    if (!this.#isOpen || size <= this.#provenTo) return
    this.#doubtfulCount += this.#counts.at(size) - this.#linesProven
    this.#linesProven = this.#counts.at(size)
    this.#giveUp()
    this.#main = this.#main!.withoutTree()
  }

  #giveUp(): void {
    this.#closeSpan()
    this.#fromTiles = undefined
    this.#strays?.giveUp()
  }

  #openSpan(from: number): void {
    this.#trees++
    this.#isOpen = true
    this.#provenTo = from
    this.#linesProven = this.#counts.at(from)
  }

  #closeSpan(): void {
    if (this.#isOpen && this.#provenTo > this.#coveredFrom) this.#proven.push({ from: this.#coveredFrom, to: this.#provenTo })
    this.#isOpen = false
  }

  /** The last one that holds before the first that does not tells where to look. */
  #keepLargest(held: CheckedClaim): void {
    const before = this.#largestHeld
    const isLarger =
      !before || before.claim.size < held.claim.size || (before.claim.size === held.claim.size && isFirmer(held, before))
    if (isLarger) this.#largestHeld = held
    const lesser = isLarger ? before : held
    const isNeeded = lesser === undefined || lesser === this.#largestHeld || isFirmer(lesser, this.#largestHeld!)
    if (!isNeeded && !this.#hasFailed) this.#claims.delete(lesser)
  }

  #noteLargest(size: number, lines: number): void {
    if (size < this.#largestClaim) return
    this.#largestClaim = size
    this.#linesAtLargestClaim = lines
  }
}

const isFirmer = (one: CheckedClaim, other: CheckedClaim) => one.claim.trust === 'genuine' && other.claim.trust !== 'genuine'

/** Undefined if there is no root to compare with. */
function isRoot(found: Uint8Array | undefined, claimed: Uint8Array): boolean | undefined {
  return found && Buffer.compare(found, claimed) === 0
}
