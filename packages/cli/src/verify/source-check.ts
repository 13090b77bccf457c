import { leafHash } from '@audit/proof'
import { isFoundCheckpoint, type Basis, type FoundCheckpoint, type RejectedCheckpoint } from './found-checkpoint.ts'
import { ComparedTree } from './compared-tree.ts'
import { ClosedLog } from './closed-log.ts'
import type { EventLine } from './event-line.ts'
import { FilledHoles } from './filled-holes.ts'
import type { LeafBudget } from './hash-history.ts'
import { provenRanges } from './judge/counts.ts'
import type { LeafPrints } from './leaf-prints.ts'
import type { Announced, LogEvidence } from './log-evidence.ts'
import { noOddLines, OddLines } from './odd-lines.ts'
import type { Cause, Finding } from './report.ts'
import { SequenceCheck, withoutLate } from './sequence-check.ts'
import { statementsIn, type Announcement, type Seal, type Statement, type Unauthenticated } from './system-events.ts'
import { TailTimes } from './tail-times.ts'
import type { TileFiles } from './tile-files.ts'
import type { Span } from './tree-evidence.ts'

export interface SourceCheckOptions {
  readonly source: string
  readonly kind: 'journal' | 'copy'
  readonly basis: Basis
  readonly budget: LeafBudget
  readonly prints?: LeafPrints | undefined
  /** The kept hashes of the log, if they are at hand. */
  readonly tiles: TileFiles | undefined
}

/** Largest number of findings kept for one log: a file with a million bad lines has a million findings. */
const MAX_FINDINGS = 1_000
/** Largest number of statements of each kind that are kept; an honest log has a few. */
const MAX_KEPT = 64
const nothing: readonly Statement[] = []

/** Follows one log line by line: the order of its lines, its tree, and its system events. */
export class SourceCheck {
  readonly source: string
  readonly kind: SourceCheckOptions['kind']
  /** True if bytes that are not events follow the last line that counts in a file, as after a failed write. */
  hasLeftovers = false
  readonly #prints: LeafPrints | undefined
  readonly #tiles: TileFiles | undefined
  readonly #order: SequenceCheck
  readonly #tree: ComparedTree
  readonly #holes: FilledHoles
  readonly #times: TailTimes
  // Most logs have none of these, and twenty thousand empty lists take memory.
  #odd: OddLines | undefined
  #findings: Finding[] | undefined
  #rejected: (RejectedCheckpoint & { readonly sequence?: number })[] | undefined
  #announced: Announced[] | undefined
  #unauthenticated: (Unauthenticated & { readonly by: string })[] | undefined
  readonly #closed = new ClosedLog()
  /** Size of the largest genuine checkpoint that waits for more lines; 0 without one. */
  #coveredTo = 0
  #largestSealSize = 0
  #lastSealSize: number | undefined
  #lastAction: string | undefined
  #isTorn = false
  #hasMisplaced = false
  #hasOtherFindings = 0

  constructor({ source, kind, basis, budget, prints, tiles }: SourceCheckOptions) {
    this.source = source
    this.#prints = prints
    this.kind = kind
    this.#tiles = tiles
    this.#order = new SequenceCheck(kind, kind === 'copy' && tiles !== undefined)
    this.#tree = new ComparedTree(budget, basis)
    this.#holes = new FilledHoles(this.#tree, tiles)
    this.#times = new TailTimes(budget.rooms)
  }

  /** The sequence after the last line. */
  get next(): number {
    return this.#order.next ?? 0
  }

  /** True if only the checkpoint next to its hashes names this log. */
  get isKnownByTilesOnly(): boolean {
    return !this.#rejected && !this.#findings && this.#tree.checkpointsSoFar().every(({ kind }) => kind === 'checkpoint')
  }

  get hasLines(): boolean {
    return this.#order.count > 0
  }

  /** Adds a line of this log. Returns its statements about logs. */
  line({ sequence, entry, checksum, systemAction, time }: EventLine): readonly Statement[] {
    const isWritten = this.#isWrittenSo(sequence, checksum)
    const leaf = leafHash(entry)
    const place = this.#order.see(sequence, () => this.#isSame(sequence, leaf))
    if (place.finding) this.found(place.finding)
    if (place.odd) {
      const kept = place.odd === 'late' ? this.#tiles?.leaf(sequence) : undefined
      if (kept && Buffer.compare(kept, leaf) !== 0)
        this.#found('changed', sequence, `Event ${sequence} differs from its kept hash (tiles).`)
      ;(this.#odd ??= new OddLines()).add(place.odd, sequence)
      return nothing
    }
    if (place.gapFrom !== undefined) this.#holes.skip(place.gapFrom, sequence)
    else if (this.#order.count === 1) this.#holes.begin(sequence)
    this.#tree.addLine(leaf, this.#tiles?.leaf(sequence))
    this.#prints?.add(this.source, sequence, leaf)
    this.#noteTime(sequence, time)
    this.#lastAction = systemAction
    this.#closed.see(sequence, systemAction)
    this.#lastSealSize = undefined
    return systemAction === undefined || !isWritten ? nothing : this.#read(sequence, systemAction, entry)
  }

  /** Notes a line that is not an event. */
  broken(): void {
    this.#order.broken()
  }

  /** Ends a file. A line that was torn at its end may be complete in the next file. */
  endOfFile(isTorn: boolean): void {
    this.#isTorn ||= isTorn
    if (this.#order.isBroken && !isTorn) {
      const at = this.#order.next ?? 0
      this.found({
        cause: 'foreign',
        sequence: at,
        message: `The line after event ${at - 1} is complete, but not an event of this log.`,
      })
    }
    this.#order.endOfFile()
  }

  found(finding: Finding): void {
    this.#findings ??= []
    if (this.#findings.length < MAX_FINDINGS) this.#findings.push(finding)
    else this.#hasOtherFindings++
  }

  /** Reports a line in a file that begins later. */
  misplaced({ sequence, entry }: EventLine, first: number): void {
    const odd = this.#order.odd(sequence, () => this.#isSame(sequence, leafHash(entry)))
    ;(this.#odd ??= new OddLines()).add(odd, sequence)
    if (this.#hasMisplaced) return
    this.#hasMisplaced = true
    this.#found('out-of-order', sequence, `Event ${sequence} is in a file that begins with event ${first}.`)
  }

  /** Passes findings from before the log was known on to its check. */
  handOver(to: SourceCheck): void {
    for (const finding of this.#findings ?? []) to.found(finding)
    for (const checkpoint of this.#tree.checkpointsSoFar()) to.addCheckpoint(checkpoint)
    for (const one of this.#rejected ?? []) to.addCheckpoint(one, one.sequence)
    for (const announced of this.#announced ?? []) to.announce(announced, announced.by)
  }

  /** Adds a checkpoint of this log. */
  addCheckpoint(read: FoundCheckpoint | RejectedCheckpoint, sequence?: number): void {
    if (!isFoundCheckpoint(read)) {
      this.#rejected ??= []
      if (this.#rejected.length < MAX_KEPT) this.#rejected.push({ ...read, ...(sequence !== undefined && { sequence }) })
      return
    }
    this.#tree.addCheckpoint(read)
    if (read.kind === 'seal') this.#largestSealSize = Math.max(this.#largestSealSize, read.size)
    if (read.trust !== 'genuine') return
    // When all lines below it were read, they are not a tail. Until then they may be one, and their times count.
    if (read.size > (this.#order.next ?? 0)) this.#coveredTo = Math.max(this.#coveredTo, read.size)
    else this.#times.coveredTo(read.size)
  }

  /** Continues the tree from a seal. */
  continueFrom({ frontier }: Seal): void {
    this.#tree.continueFrom(frontier)
  }

  announce(announcement: Announcement, by: Announced['by']): void {
    this.#announced ??= []
    if (this.#announced.length < MAX_KEPT * MAX_KEPT) this.#announced.push({ ...announcement, by })
  }

  unauthenticated(range: Unauthenticated, by: string): void {
    this.#unauthenticated ??= []
    if (this.#unauthenticated.some(({ from, to }) => from === range.from && to === range.to)) return
    const last = this.#unauthenticated.at(-1)
    if (!last || this.#unauthenticated.length < MAX_KEPT) this.#unauthenticated.push({ ...range, by })
    // Ranges beyond the limit must not count as proven, so the last one is extended over them.
    else this.#unauthenticated.splice(-1, 1, { ...last, from: Math.min(last.from, range.from), to: Math.max(last.to, range.to) })
  }

  /** Called when its files are read. Keeps the evidence, and releases their memory. */
  close(): void {
    this.#tiles?.close()
  }

  /** No line follows. Returns where every line is the one that was sealed, before the evidence is asked for. */
  end(): readonly Span[] {
    this.#holes.fillUp(this.#order.next)
    this.close()
    const { first = 0, next = 0, gaps, gapsAreExact } = this.#order
    const { kind } = this
    const [tree, odd] = [this.#tree.provenPart(), this.#odd ?? noOddLines]
    return provenRanges({ tree, odd, unauthenticated: [], kind, first, end: next, gaps, gapsAreExact })
  }

  evidence(ownCheckpoint: LogEvidence['ownCheckpoint']): LogEvidence {
    const { first = 0, next = 0, count, gaps, gapsAreExact, isFiltered, brokenAt } = this.#order
    const { source, kind } = this
    const times = this.#times
    const more = this.#hasOtherFindings
    const odd = this.#odd ?? noOddLines
    const kept = [...(this.#findings ?? []), ...this.#order.missing(odd.late)].slice(0, MAX_FINDINGS)
    const findings =
      more > 0 ? [...kept, { cause: 'unreadable' as const, sequence: next, message: `There are ${more} more findings.` }] : kept
    return {
      source,
      kind,
      first,
      end: next,
      events: count + (this.#odd?.late.size ?? 0),
      gaps: kind === 'copy' ? withoutLate(gaps, odd.late) : gaps,
      gapsAreExact,
      odd,
      brokenAt,
      isFiltered,
      tree: this.#tree.evidence(),
      rejected: this.#rejected ?? [],
      findings,
      announced: this.#announced ?? [],
      unauthenticated: this.#unauthenticated ?? [],
      afterEnd: this.#closed.afterEnd,
      hasClosingSeal: this.#lastSealSize === next - 1,
      largestSealSize: this.#largestSealSize,
      hasTiles: (this.#tiles?.count ?? 0) > 0,
      tilesProblem: this.#holes.problem(),
      isTorn: this.#isTorn,
      hasLeftovers: this.hasLeftovers,
      lastAction: this.#lastAction,
      tailSpanMs: (from) => times.spanFrom(from),
      ownCheckpoint,
    }
  }

  /** A journal ends each line with a checksum. Its readers ignore a line without one, or with a wrong one. */
  #isWrittenSo(sequence: number, checksum: EventLine['checksum']): boolean {
    if (checksum === 'good' || (checksum === 'none' && this.kind === 'copy')) return true
    const what = checksum === 'none' ? 'has no checksum' : 'has a wrong checksum'
    this.#found('changed', sequence, `Event ${sequence} ${what}.`)
    return false
  }

  /** True if that position had the same line. Undefined if it is too long ago. */
  #isSame(sequence: number, leaf: Uint8Array): boolean | undefined {
    const before = this.#tree.leaf(sequence) ?? (this.#tree.hasStrays ? undefined : this.#tiles?.leaf(sequence))
    return before && Buffer.compare(before, leaf) === 0
  }

  #noteTime(sequence: number, time: number): void {
    if (this.#coveredTo > 0 && sequence >= this.#coveredTo) {
      this.#times.coveredTo(this.#coveredTo)
      this.#coveredTo = 0
    }
    this.#times.add(sequence, time)
  }

  #read(sequence: number, action: string, entry: Buffer): readonly Statement[] {
    const statements = statementsIn(action, entry)
    for (const statement of statements)
      if (statement.kind === 'seal' && statement.seal.origin === this.source) this.#lastSealSize = statement.seal.size
    if (action === 'sealed' && statements.length === 0)
      this.#found('changed', sequence, `Event ${sequence} is a seal whose hashes do not match its checkpoint.`)
    return statements
  }

  #found(cause: Cause, sequence: number, message: string): void {
    this.found({ cause, sequence, message })
  }
}
