import { subtreesOf, type Frontier } from '@audit/proof'
import { CheckpointsBySize } from './checkpoints-by-size.ts'
import type { Basis, FoundCheckpoint, Trust } from './found-checkpoint.ts'
import { HashHistory, type LeafBudget } from './hash-history.ts'
import { KeptCheckpoints } from './kept-checkpoints.ts'
import { LineCounts } from './line-counts.ts'
import { StrayLines } from './stray-lines.ts'
import type { ComparedCheckpoint, Span, TreeEvidence } from './tree-evidence.ts'

// Makes the tree of a log from its lines, and from kept hashes where a line is missing. A checkpoint with its root proves all of that.

/** Leaves that may be hashed again for trees that begin at seals, for a log of any length. */
const MIN_REPLAYED = 1 << 18

export class ComparedTree {
  readonly #budget: LeafBudget
  readonly #basis: Basis
  /** The tree of the lines. */
  #main: HashHistory | undefined
  /** The tree of the kept hashes, made when a line differs from its kept hash. */
  #fromTiles: HashHistory | undefined
  #strays: StrayLines | undefined
  readonly #checkpoints = new KeptCheckpoints()
  /** Checkpoints over more leaves than were read so far. */
  #waiting: CheckpointsBySize | undefined
  /** Checkpoints over leaves that were read while there was no tree. */
  #open: CheckpointsBySize | undefined
  #largestCheckpoint = 0
  #trees = 0
  #replayed = 0
  #coveredFrom = 0
  /** The current span is proven up to this sequence; below: the number of lines read by then. */
  #provenTo = 0
  #linesProven = 0
  #isOpen = false
  #proven: Span[] | undefined
  #provenCount = 0
  #doubtfulCount = 0
  readonly #counts = new LineCounts()
  #linesAtLargestCheckpoint = 0
  #linesAtLastProof = 0

  constructor(budget: LeafBudget, basis: Basis) {
    this.#budget = budget
    this.#basis = basis
  }

  /** True if the tree continues from the beginning of the log or from a seal. */
  get isGrowing(): boolean {
    return this.#main?.size !== undefined
  }

  /** True if a line differed from its kept hash. */
  get hasStrays(): boolean {
    return this.#strays !== undefined
  }

  /** The leaf at a position, if it is still known. */
  leaf(sequence: number): Buffer | undefined {
    return this.#main?.leaf(sequence)
  }

  /** Begins with the first leaf. At 0 the tree begins; later it waits for a seal from which it can continue. */
  begin(sequence: number): void {
    this.#counts.startAt(sequence)
    this.#main = new HashHistory(this.#budget, sequence, sequence === 0 ? { size: 0, hashes: [] } : undefined)
    this.#coveredFrom = sequence === 0 ? 0 : Infinity
    if (sequence === 0) this.#openSpan(0)
    this.#skipTo(sequence)
    this.#compareAt(sequence)
  }

  /** Adds a line, and the kept leaf of its position, if there is one. */
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

  /** Adds the kept leaf of a missing line. */
  addHole(leaf: Uint8Array): void {
    this.#counts.addHole()
    this.#append(leaf, leaf)
  }

  /** The size of the largest checkpoint that waits for more leaves, up to that number. */
  largestWaiting(atMost: number): number {
    return this.#waiting?.largest(atMost) ?? 0
  }

  /** Ends the tree, because leaves are missing up to that sequence. A later seal continues it. */
  interrupt(sequence: number): void {
    this.#giveUp()
    this.#main?.end()
    this.#main = new HashHistory(this.#budget, sequence)
    this.#counts.startAt(sequence)
    this.#skipTo(sequence + 1)
  }

  addCheckpoint(checkpoint: FoundCheckpoint): void {
    const checked: ComparedCheckpoint = { checkpoint, holds: undefined, tree: -1 }
    if (this.#main && checkpoint.size <= this.#counts.end) {
      this.#noteLargest(checkpoint.size, this.#counts.at(checkpoint.size))
      this.#compare(checkpoint.size, [checked])
    } else (this.#waiting ??= new CheckpointsBySize()).add(checked)
    if (!checked.holds) this.#checkpoints.keep(checked)
  }

  /**
   * A tree can continue from a seal: a copy that begins late can be checked from there on. Seals may be many and forged, so a
   * tree never begins before leaves that were proven or compared already: forged seals cannot cause endless hashing.
   */
  continueFrom(frontier: Frontier): void {
    const replayed = this.#counts.end - frontier.size
    const isBehind = frontier.size < this.#provenTo || this.#replayed + replayed > MIN_REPLAYED + this.#counts.lines
    if (this.isGrowing || isBehind || !this.#main?.beginAt(frontier)) return
    this.#replayed += replayed
    this.#coveredFrom = frontier.size
    this.#openSpan(frontier.size)
    if (this.#open) this.#compareOpen(this.#open, frontier.size)
  }

  /** True if the upper levels of the tiles match this tree, or cannot be compared yet. */
  hasLevels(isSame: (tileLevel: number, hashes: Buffer) => boolean): boolean {
    for (let tileLevel = 1; ; tileLevel++) {
      const hashes = this.#main?.levelFromStart(tileLevel * 8)
      if (!hashes) return true
      if (!isSame(tileLevel, hashes)) return false
    }
  }

  /** Ends the last span, and returns all spans. No line may follow. */
  provenPart(): Pick<TreeEvidence, 'proven' | 'changed' | 'changedCount'> {
    this.#closeSpan()
    const { changed = [], changedCount = 0 } = this.#strays ?? {}
    return { proven: this.#proven ?? [], changed, changedCount }
  }

  evidence(): TreeEvidence {
    return {
      ...this.provenPart(),
      checkpoints: this.#checkpoints.all(),
      provenCount: this.#provenCount,
      doubtfulCount: this.#doubtfulCount,
      strayTile: this.#strays?.strayTile,
      coveredFrom: this.#coveredFrom,
      behindCheckpoints: this.#counts.lines - this.#linesAtLargestCheckpoint,
      behindProven: this.#counts.lines - this.#linesAtLastProof,
    }
  }

  /** Returns the checkpoints, for a log whose kind becomes known later. */
  checkpointsSoFar(): readonly FoundCheckpoint[] {
    return this.#checkpoints.all().map(({ checkpoint }) => checkpoint)
  }

  #append(leaf: Uint8Array, kept: Uint8Array): void {
    this.#main!.append(leaf)
    this.#fromTiles?.append(kept)
    if (this.#waiting) this.#compareAt(this.#counts.end)
  }

  #compareAt(size: number): void {
    const waiting = this.#waiting?.take(size)
    if (!waiting) return
    this.#noteLargest(size, this.#counts.lines)
    this.#compare(size, waiting)
  }

  /** The leaves before `size` were left out, so checkpoints over fewer cannot be compared now. */
  #skipTo(size: number): void {
    for (let found = this.#waiting?.takeSmallest(size - 1); found; found = this.#waiting?.takeSmallest(size - 1)) {
      this.#noteLargest(found[0]!.checkpoint.size, this.#counts.lines)
      this.#compare(found[0]!.checkpoint.size, found)
    }
  }

  /** Compares checkpoints over existing leaves with a tree that has just begun. */
  #compareOpen(open: CheckpointsBySize, begin: number): void {
    // The frontier has the hashes of some smaller trees, which can be compared too.
    let size = 0
    for (const { level } of subtreesOf(begin)) {
      size += 2 ** level
      const checkpoints = size < begin ? open.take(size) : undefined
      if (checkpoints) this.#compare(size, checkpoints)
    }
    open.passBelow(begin)
    while (this.isGrowing) {
      const checkpoints = open.takeSmallest(this.#counts.end)
      if (!checkpoints || !this.#compare(checkpoints[0]!.checkpoint.size, checkpoints)) return
    }
  }

  /** Compares checkpoints over one size. False if the tree of that size is unknown. */
  #compare(size: number, checkpoints: readonly ComparedCheckpoint[]): boolean {
    let root = textOf(this.#main?.rootAt(size))
    const isOf = (found: string | undefined) =>
      checkpoints.some(({ checkpoint: one }) => this.#decides(one.trust) && one.root === found)
    // If a second history has the root of the lines, the lines are not in doubt.
    if (root && this.#fromTiles && !isOf(root)) {
      const kept = textOf(this.#fromTiles.rootAt(size))
      if (isOf(kept)) {
        this.#useTiles(size)
        root = kept
      }
    }
    for (const checked of checkpoints) {
      checked.tree = this.#trees
      // Nothing is decided if there is no root to compare with.
      checked.holds = root === undefined ? undefined : root === checked.checkpoint.root
      if (checked.holds) this.#held(checked)
      else if (checked.holds === undefined) (this.#open ??= new CheckpointsBySize()).add(checked)
    }
    const failed = checkpoints.filter(({ holds }) => holds === false)
    if (failed.length > 0) this.#checkpoints.hasFailed = true
    if (failed.some(({ checkpoint }) => this.#decides(checkpoint.trust))) this.#failed(size)
    return root !== undefined
  }

  /** An untrusted checkpoint must not decide which lines are original. Without a key and an anchor every checkpoint is untrusted. */
  #decides(trust: Trust): boolean {
    return trust === 'genuine' || this.#basis === 'nothing'
  }

  /** The kept hashes match a checkpoint, so the lines were changed. */
  #useTiles(size: number): void {
    this.#strays?.useTiles(size)
    this.#main?.end()
    this.#main = this.#fromTiles
    this.#fromTiles = undefined
  }

  #held(checked: ComparedCheckpoint): void {
    const { size, trust } = checked.checkpoint
    this.#strays?.confirmTiles(size)
    // The lines match the root, so the kept hashes are damaged.
    if (this.#strays?.confirmLines(size)) this.#forgetTiles()
    if (this.#decides(trust) && this.#isOpen && size > this.#provenTo) {
      const lines = this.#counts.at(size)
      this.#provenCount += lines - this.#linesProven - (this.#strays?.takeChanged() ?? 0)
      this.#linesProven = this.#linesAtLastProof = lines
      this.#provenTo = size
      this.#counts.forgetBelow(size)
    }
    this.#checkpoints.held(checked)
  }

  /** Called if something before `size` differs from the seal. Later leaves can be proven again from the next seal on. */
  #failed(size: number): void {
    if (!this.#isOpen || size <= this.#provenTo) return
    this.#doubtfulCount += this.#counts.at(size) - this.#linesProven
    this.#linesProven = this.#counts.at(size)
    this.#giveUp()
    this.#main = this.#main!.withoutTree()
  }

  #giveUp(): void {
    this.#closeSpan()
    this.#forgetTiles()
    this.#strays?.giveUp()
  }

  #forgetTiles(): void {
    this.#fromTiles?.end()
    this.#fromTiles = undefined
  }

  #openSpan(from: number): void {
    this.#trees++
    this.#isOpen = true
    this.#provenTo = from
    this.#linesProven = this.#counts.at(from)
  }

  #closeSpan(): void {
    if (this.#isOpen && this.#provenTo > this.#coveredFrom) {
      const span = { from: this.#coveredFrom, to: this.#provenTo }
      if (this.#proven) this.#proven.push(span)
      else this.#proven = [span]
    }
    this.#isOpen = false
  }

  #noteLargest(size: number, lines: number): void {
    if (size < this.#largestCheckpoint) return
    this.#largestCheckpoint = size
    this.#linesAtLargestCheckpoint = lines
  }
}

function textOf(root: Uint8Array | undefined): string | undefined {
  return root && Buffer.from(root.buffer, root.byteOffset, root.length).toString('base64')
}
