import { isClaim, type Claim, type ClaimReader } from './claims.ts'
import { EventLineReader } from './event-line.ts'
import type { LineChunk } from './line-chunks.ts'
import type { Finding, TrailReport } from './report.ts'
import type { SourceCheckOptions } from './seen.ts'
import { SourceCheck } from './source-check.ts'
import type { UniqueIds } from './unique-ids.ts'
import type { TileFiles } from './tile-files.ts'

export interface TrailCheckOptions {
  readonly claims: ClaimReader
  readonly strict: boolean
  /** Looks for events that are there twice. */
  readonly ids: UniqueIds | undefined
  /** Hashes for copies, by the `source` of their log. */
  readonly tiles: ReadonlyMap<string, TileFiles>
  readonly onRead: (bytes: number) => void
  readonly signal: AbortSignal | undefined
}

/** Which part of which log a file of a journal has. */
export interface Stretch {
  readonly source: string
  readonly from: number
  readonly to: number
  /** It may be written to at this moment. */
  readonly isLast: boolean
}

interface Log {
  readonly check: SourceCheck
  newestCheckpoint: number | undefined
}

/** All logs of a trail, and all that is said of them, wherever it stands. */
export class TrailCheck {
  readonly #options: TrailCheckOptions
  readonly #logs = new Map<string, Log>()
  readonly #findings: Finding[] = []

  constructor(options: TrailCheckOptions) {
    this.#options = options
  }

  get signal(): AbortSignal | undefined {
    return this.#options.signal
  }

  found(finding: Finding): void {
    this.#findings.push(finding)
  }

  /** A log that is there, even if it has no line. `settle`: all of it was read, and its checkpoint is this now. */
  begin(
    source: string,
    options: Pick<SourceCheckOptions, 'kind' | 'tiles'>,
  ): { settle(newestCheckpoint: number | undefined): void } {
    const log = this.#logOf(source, options)
    return { settle: (newestCheckpoint) => (log.newestCheckpoint = newestCheckpoint) }
  }

  /** The checkpoint that stands beside a log. */
  checkpoint(source: string, text: string): void {
    const read = this.#options.claims.read(text, 'checkpoint', 'The checkpoint beside the log')
    const isOther = read.origin !== undefined && read.origin !== source
    const other = {
      origin: source,
      cause: 'bad-signature',
      message: `The checkpoint beside the log is that of '${read.origin}'.`,
    } as const
    this.#logOf(source).check.claim(isOther ? other : read)
  }

  /** A checkpoint from elsewhere. */
  anchor(claim: Claim): void {
    this.#logOf(claim.origin).check.claim(claim)
  }

  /** Reads a file of a journal (`stretch`), or one of a copy. */
  async readLines(chunks: AsyncIterable<LineChunk>, stretch?: Stretch): Promise<void> {
    const reader = new EventLineReader()
    let current: SourceCheck | undefined
    let isTorn = false
    let isEmpty = true
    let hasEvents = false
    for await (const chunk of chunks) {
      this.#options.onRead(chunk.bytes)
      for (const [at, line] of chunk.lines.entries()) {
        isTorn = chunk.isTorn && at === chunk.lines.length - 1
        if (stretch?.isLast && isTorn) continue
        isEmpty = false
        const read = reader.read(line)
        if (!read || (stretch && read.source !== stretch.source)) {
          current ??= stretch && this.#logOf(stretch.source).check
          current?.broken()
          continue
        }
        hasEvents = true
        if (stretch && (read.sequence < stretch.from || read.sequence >= stretch.to)) {
          this.#misplaced(read.sequence, stretch)
          continue
        }
        current = this.#logOf(read.source).check
        this.#options.ids?.see(read, (finding) => this.#logOf(read.source).check.found(finding))
        const sealed = current.line(read)
        if (sealed) this.#seal(sealed, read.source, read.sequence)
      }
    }
    current?.endOfFile(isTorn)
    if (!stretch && !hasEvents && !isEmpty)
      this.found({ cause: 'unreadable', message: 'A file has no line that is an event with source and sequence.' })
  }

  finish(): TrailReport {
    const sources = Array.from(this.#logs.values(), ({ check, newestCheckpoint }) => check.finish(newestCheckpoint))
    for (const { check } of this.#logs.values()) check.close()
    return {
      ok: this.#findings.length === 0 && sources.every(({ ok }) => ok),
      events: sources.reduce((sum, { events }) => sum + events, 0),
      sources: sources.toSorted((one, other) => (one.source < other.source ? -1 : 1)),
      findings: this.#findings,
    }
  }

  #seal(
    sealed: { readonly origin: string; readonly size: number; readonly checkpoint: string; readonly frontier: readonly string[] },
    source: string,
    sequence: number,
  ): void {
    const where = sealed.origin === source ? `The seal in event ${sequence}` : `The seal in event ${sequence} of '${source}'`
    const read = this.#options.claims.read(sealed.checkpoint, 'seal', where)
    const sealedLog = this.#logOf(isClaim(read) ? read.origin : source)
    sealedLog.check.claim(read, isClaim(read) ? undefined : sequence)
    if (isClaim(read) && read.origin === sealed.origin && read.size === sealed.size) sealedLog.check.beginAt(sealed)
  }

  /** What a file has before its beginning belongs to another one; what it has behind its end counts in a later generation. */
  #misplaced(sequence: number, { source, from }: Stretch): void {
    if (sequence < from) this.#logOf(source).check.misplaced(sequence, from)
  }

  #logOf(source: string, options?: Pick<SourceCheckOptions, 'kind' | 'tiles'>): Log {
    let log = this.#logs.get(source)
    if (log && !options) return log
    const { claims, strict, tiles } = this.#options
    const given = options ?? { kind: 'copy' as const, tiles: tiles.get(source) }
    const before = log?.check
    log = { check: new SourceCheck({ source, claims, strict, ...given }), newestCheckpoint: undefined }
    before?.handOver(log.check)
    this.#logs.set(source, log)
    return log
  }
}
