import { leafHash, rootOfFrontier, subtreesOf } from '@audit/proof'
import { areBytesAt } from './bytes-at.ts'
import { isClaim, type Claim, type Disbelief } from './claims.ts'
import type { EventLine } from './event-line.ts'
import { HashHistory } from './hash-history.ts'
import type { Cause, Finding, SourceReport } from './report.ts'
import { SequenceCheck } from './sequence-check.ts'
import type { CheckedClaim, SourceCheckOptions } from './seen.ts'
import { sourceReport } from './source-report.ts'

interface SealPayload {
  readonly origin: string
  readonly size: number
  readonly checkpoint: string
  readonly frontier: readonly string[]
}

const FACT = Buffer.from('{"version":"1.0","type":"audit",')

/** Follows one log line by line: the order of its lines, its tree, and whoever says what that tree was. */
export class SourceCheck {
  readonly #options: SourceCheckOptions
  readonly #order: SequenceCheck
  #history: HashHistory | undefined
  #coveredFrom = 0
  /** The tree cannot be made any more: a line is missing. */
  #isBroken = false
  /** Without those that hold and say no more than a larger one: of a year's seals few are left. */
  readonly #claims = new Set<CheckedClaim>()
  #largestHeld: CheckedClaim | undefined
  #largestSeal: Claim | undefined
  #hasWrong = false
  readonly #waiting = new Map<number, CheckedClaim[]>()
  readonly #disbeliefs: (Disbelief & { readonly sequence?: number })[] = []
  readonly #findings: Finding[] = []
  #strayLeaf: number | undefined
  #trimmedTo: number | undefined
  #tornBytes = false
  #hasMisplaced = false
  #lastType = ''

  constructor(options: SourceCheckOptions) {
    this.#options = options
    this.#order = new SequenceCheck(options.kind, options.kind === 'copy' && options.tiles !== undefined)
  }

  /** Gives what a fact of the library says, to be told to the log it is about. */
  line({ sequence, entry, isIntact }: EventLine): SealPayload | undefined {
    if (!isIntact) this.#found('changed', sequence, `The checksum of event ${sequence} is that of another line.`)
    const leaf = leafHash(entry)
    const problem = this.#order.see(sequence, () => this.#isSame(sequence, leaf))
    if (problem) this.#findings.push(problem)
    if (this.#order.isRepeated) return undefined
    this.#compareWithTiles(sequence, leaf)
    this.#grow(sequence, leaf)
    this.#lastType = ''
    return areBytesAt(entry, 0, FACT) ? this.#fact(sequence, entry) : undefined
  }

  /** A line that is none. */
  broken(): void {
    this.#order.broken()
  }

  /** A file ended; what was torn at its end may be whole in the next one. */
  endOfFile(isTorn: boolean): void {
    this.#tornBytes ||= isTorn || this.#order.isBroken
    this.#order.endOfFile()
  }

  found(finding: Finding): void {
    this.#findings.push(finding)
  }

  /** A line stands in a file that begins later. */
  misplaced(sequence: number, first: number): void {
    if (this.#hasMisplaced) return
    this.#hasMisplaced = true
    this.#found('out-of-order', sequence, `Event ${sequence} stands in a file that begins with event ${first}.`)
  }

  /** What was said of this log before it was known where it is. */
  handOver(to: SourceCheck): void {
    for (const { claim } of this.#claims) to.claim(claim)
    for (const disbelief of this.#disbeliefs) to.claim(disbelief, disbelief.sequence)
  }

  /** Somebody says what this log was. */
  claim(read: Claim | Disbelief, sequence?: number): void {
    if (!isClaim(read)) return void this.#disbeliefs.push({ ...read, ...(sequence !== undefined && { sequence }) })
    const checked: CheckedClaim = { claim: read, holds: undefined }
    this.#claims.add(checked)
    if (read.kind === 'seal' && read.size > (this.#largestSeal?.size ?? -1)) this.#largestSeal = read
    if (read.size <= (this.#history?.size ?? -1)) this.#compare(checked)
    else this.#waiting.set(read.size, [...(this.#waiting.get(read.size) ?? []), checked])
  }

  /** A seal has what a tree grows on from: a copy that begins late can be checked from there on. */
  beginAt({ size, frontier }: SealPayload): void {
    if (this.#isBroken || this.#history?.size !== undefined || this.#order.isFiltered) return
    const hashes = frontier.map((hash) => Buffer.from(hash, 'base64'))
    if (hashes.length !== subtreesOf(size).length || !hashes.every(({ length }) => length === 32)) return
    if (!this.#history?.beginAt({ size, hashes })) return
    this.#coveredFrom = size
    for (const checked of this.#claims) if (checked.claim.size <= this.#history.size!) this.#compare(checked)
  }

  /** `newestCheckpoint`: the size of the checkpoint that stands beside a journal's log now, after all of it was read. */
  finish(newestCheckpoint?: number): SourceReport {
    if (this.#order.isFiltered) for (const checked of this.#claims) this.#compareTiles(checked)
    const { first = 0, next = 0, count, isFiltered } = this.#order
    return sourceReport({
      options: this.#options,
      first,
      end: next,
      events: count,
      coveredFrom: this.#coveredFrom,
      isFiltered,
      claims: [...this.#claims],
      largestSeal: this.#largestSeal,
      disbeliefs: this.#disbeliefs,
      findings: this.#findings,
      strayLeaf: this.#strayLeaf,
      trimmedTo: this.#trimmedTo,
      tornBytes: this.#tornBytes,
      lastType: this.#lastType,
      newestCheckpoint,
    })
  }

  close(): void {
    this.#options.tiles?.close()
  }

  #grow(sequence: number, leaf: Uint8Array): void {
    if (this.#order.hasGap) this.#isBroken = true
    if (this.#isBroken || this.#order.isFiltered) return
    this.#history ??= this.#begin(sequence)
    this.#history.append(leaf)
    const { size } = this.#history
    const waiting = size === undefined ? undefined : this.#waiting.get(size)
    if (!waiting) return
    this.#waiting.delete(size!)
    for (const checked of waiting) this.#compare(checked)
  }

  #begin(first: number): HashHistory {
    const frontier = first === 0 ? { size: 0, hashes: [] } : this.#options.tiles?.frontier(first)
    this.#coveredFrom = frontier ? 0 : Infinity
    const history = new HashHistory(first, frontier)
    for (const checked of this.#waiting.get(history.size ?? -1) ?? [])
      checked.holds = isSame(history.rootAt(first), checked.claim.root)
    return history
  }

  #compare(checked: CheckedClaim): void {
    const root = this.#history?.rootAt(checked.claim.size)
    checked.holds = root && isSame(root, checked.claim.root)
    if (checked.holds === false) this.#hasWrong = true
    if (checked.holds) this.#keepLargest(checked)
  }

  /** The last one that holds before the first that does not tells where to look. */
  #keepLargest(held: CheckedClaim): void {
    const before = this.#largestHeld
    const isLarger = !before || before.claim.size < held.claim.size
    if (isLarger) this.#largestHeld = held
    const lesser = isLarger ? before : held
    if (lesser && !this.#hasWrong && lesser !== this.#largestHeld) this.#claims.delete(lesser)
  }

  #compareTiles(checked: CheckedClaim): void {
    const root = this.#options.tiles!.rootAt(checked.claim.size)
    checked.holds = root && isSame(root, checked.claim.root)
  }

  #compareWithTiles(sequence: number, leaf: Uint8Array): void {
    const { tiles } = this.#options
    if (tiles && sequence < tiles.count && !tiles.hasLeaf(sequence, leaf)) this.#strayLeaf ??= sequence
  }

  /** Whether what stood there is the same line; undefined if that is too long ago. */
  #isSame(sequence: number, leaf: Uint8Array): boolean | undefined {
    const before = this.#history?.leaf(sequence)
    if (before) return isSame(before, leaf)
    const { tiles } = this.#options
    return tiles && sequence < tiles.count ? tiles.hasLeaf(sequence, leaf) : undefined
  }

  #fact(sequence: number, entry: Buffer): SealPayload | undefined {
    const { action, payload, source } = parsed(entry)
    this.#lastType = action
    if (action === 'trimmed' && payload['source'] === source)
      this.#trimmedTo = Math.max(this.#trimmedTo ?? 0, Number(payload['firstKept']))
    if (action !== 'sealed') return undefined
    const sealed = payload as unknown as SealPayload
    const isWhole = typeof sealed.origin === 'string' && typeof sealed.checkpoint === 'string' && Array.isArray(sealed.frontier)
    if (isWhole && isFrontierOf(sealed)) return sealed
    this.#found('changed', sequence, `Event ${sequence} is a seal whose hashes are not those of its checkpoint.`)
    return undefined
  }

  #found(cause: Cause, sequence: number, message: string): void {
    this.#findings.push({ cause, sequence, message })
  }
}

function parsed(entry: Buffer): {
  readonly action: string
  readonly source?: string
  readonly payload: Readonly<Record<string, unknown>>
} {
  try {
    const {
      action = '',
      source,
      payload,
    } = JSON.parse(entry.toString('utf8')) as { action?: string; source?: string; payload?: object }
    return { action, ...(source !== undefined && { source }), payload: { ...payload } }
  } catch {
    return { action: '', payload: {} }
  }
}

/** The root of a checkpoint's text is its third line. */
function isFrontierOf({ checkpoint, frontier }: SealPayload): boolean {
  try {
    const root = rootOfFrontier(frontier.map((hash) => Buffer.from(String(hash), 'base64')))
    return Buffer.from(root).toString('base64') === checkpoint.split('\n')[2]
  } catch {
    return false
  }
}

function isSame(one: Uint8Array | undefined, other: Uint8Array): boolean {
  return one !== undefined && Buffer.compare(one, other) === 0
}
