import { isFoundCheckpoint, type FoundCheckpoint, type CheckpointReader } from './found-checkpoint.ts'
import type { Span } from './tree-evidence.ts'
import { EventLineReader, type EventLine } from './event-line.ts'
import { containsForeignLine } from './foreign-line.ts'
import { LeafBudget } from './hash-history.ts'
import type { LeafPrints } from './leaf-prints.ts'
import type { Announced, JudgeOptions, LogEvidence } from './log-evidence.ts'
import { withoutMark, type LineChunk } from './line-chunks.ts'
import { judgeLog } from './judge/judge-log.ts'
import type { Finding, SourceReport, TrailReport } from './report.ts'
import { SourceCheck, type SourceCheckOptions } from './source-check.ts'
import { statementsIn, type Statement } from './system-events.ts'
import { isWithin, sumOf, worstOf } from './trail-verdict.ts'
import { UnauthenticatedRanges } from './unauthenticated.ts'
import { GivenTwiceError, NotATrailError, TooManyLogsError } from './trail-errors.ts'
import type { UniqueIds } from './unique-ids.ts'
import type { TileFiles } from './tile-files.ts'

export interface TrailCheckOptions {
  readonly checkpoints: CheckpointReader
  readonly judging: Pick<JudgeOptions, 'accepts' | 'strict'>
  /** Looks for duplicate events. */
  readonly ids: UniqueIds | undefined
  /** Keeps the leaf of each line. */
  readonly prints: LeafPrints | undefined
  /** Hashes for copies, by the `source` of their log. */
  readonly tiles: ReadonlyMap<string, TileFiles>
  readonly onRead: (bytes: number) => void
  readonly signal: AbortSignal | undefined
}

/** The part of a log that a file of a journal contains. */
export interface Stretch {
  readonly source: string
  readonly from: number
  readonly to: number
  /** True for the last file, which may be written to now. */
  readonly isLast: boolean
}

interface Log {
  readonly check: SourceCheck
  ownCheckpoint: LogEvidence['ownCheckpoint']
}

/** Number of consecutive lines that are not events after which a file of any size is not read further. */
const MAX_BROKEN_LINES = 10_000
const MAX_BROKEN_BYTES = 64 << 20
/** Anyone can name a log, in a line or in a seal, and each takes some 5 KB. Twice as many as the largest trail that is tested. */
const MAX_LOGS = 40_000
/** Findings of a trail that belong to no log. */
const MAX_FINDINGS = 1_000

/** A line that is not an event of the log that contains it. */
interface BrokenLine {
  /** True for a last line without a line end. */
  readonly isTorn: boolean
  readonly bytes: Buffer
  /** True if its checksum is correct, so it was written completely. */
  readonly isChecked: boolean
  readonly stretch: Stretch | undefined
}

/** Checks all logs of a trail, with the evidence from all of its inputs. */
export class TrailCheck {
  readonly #options: TrailCheckOptions
  readonly #logs = new Map<string, Log>()
  readonly #findings: Finding[] = []
  readonly #budget = new LeafBudget()
  readonly #unauthenticated = new UnauthenticatedRanges()

  constructor(options: TrailCheckOptions) {
    this.#options = options
  }

  get signal(): AbortSignal | undefined {
    return this.#options.signal
  }

  found(finding: Finding): void {
    if (this.#findings.length < MAX_FINDINGS) this.#findings.push(finding)
  }

  /** True if the input has lines of that log, or its directory. */
  has(source: string): boolean {
    const log = this.#logs.get(source)
    return log !== undefined && (log.check.kind === 'journal' || log.check.hasLines)
  }

  /**
   * Adds a log of the input, even without a line. Undefined if another directory was already read as that log. Call `settle` with
   * the current checkpoint once the log was read completely.
   */
  begin(source: string, tiles: TileFiles): { settle(ownCheckpoint: LogEvidence['ownCheckpoint']): void } | undefined {
    if (this.#logs.get(source)?.check.kind === 'journal') return undefined
    const log = this.#logOf(source, { kind: 'journal', tiles })
    return {
      settle: (ownCheckpoint) => {
        log.ownCheckpoint = ownCheckpoint
        log.check.close()
      },
    }
  }

  /** Adds a finding about one log. */
  foundIn(source: string, finding: Finding): void {
    this.#logOf(source).check.found(finding)
  }

  /** Adds the checkpoint next to a log. */
  checkpoint(source: string, text: string): void {
    const read = this.#options.checkpoints.read(text, 'checkpoint', 'The checkpoint next to the log')
    const isOther = read.origin !== undefined && read.origin !== source
    const other = {
      origin: source,
      cause: 'bad-signature',
      message: `The checkpoint next to the log belongs to the log '${read.origin}'.`,
    } as const
    this.#logOf(source).check.addCheckpoint(isOther ? other : read)
  }

  /** Adds a checkpoint of an anchor. */
  anchor(checkpoint: FoundCheckpoint): void {
    this.#logOf(checkpoint.origin).check.addCheckpoint(checkpoint)
  }

  /** Adds a line of the journal that has the kept hashes, which it agrees with. It counts only if it names unauthenticated events. */
  tookOver({ source, sequence, entry }: EventLine): void {
    for (const statement of statementsIn('recovered', entry))
      if (statement.kind === 'unauthenticated') this.#unauthenticated.add(statement.range, { source, sequence }, true)
  }

  /**
   * Reads a file of a journal (`stretch`), or one of a copy. Rejects with `NotATrailError` if a copy has lines and no event at
   * all, and with `GivenTwiceError` if it has events of a journal that was read.
   */
  async readLines(chunks: AsyncIterable<LineChunk>, name: string, stretch?: Stretch): Promise<void> {
    const reader = new EventLineReader()
    let current: SourceCheck | undefined = stretch && this.#logOf(stretch.source).check
    let isTorn = false
    let [brokenLines, brokenBytes, hasEvents, isEmpty] = [0, 0, false, true]
    for await (const chunk of chunks) {
      this.#options.onRead(chunk.bytes)
      // A line without an end is not returned.
      if (chunk.lines.length === 0) brokenBytes += chunk.bytes
      for (const bytes of chunk.lines) {
        isTorn = chunk.isTorn && bytes === chunk.lines.at(-1)
        if (stretch && isTorn) continue
        const line = isEmpty && !stretch ? withoutMark(bytes) : bytes
        // Only a byte order mark: a tool saved a file without events.
        if (isTorn && line.length === 0 && bytes.length > 0) continue
        isEmpty = false
        const read = reader.read(line)
        if (!read || (stretch && read.source !== stretch.source)) {
          brokenLines++
          brokenBytes += line.length
          this.#broken(current, read, { bytes: line, isTorn, stretch, isChecked: reader.lastChecksum === 'good' })
          continue
        }
        brokenLines = brokenBytes = 0
        hasEvents = true
        if (stretch && (read.sequence < stretch.from || read.sequence >= stretch.to)) {
          this.#misplaced(read, stretch)
          continue
        }
        current = this.#logOf(read.source).check
        if (!stretch && current.kind === 'journal') throw new GivenTwiceError(name, read.source)
        this.#line(current, read)
      }
      if (brokenLines > MAX_BROKEN_LINES || brokenBytes > MAX_BROKEN_BYTES) {
        if (!stretch && !hasEvents) break
        this.found({ cause: 'unreadable', message: `'${name}' continues with lines that are not events. The rest was not read.` })
        break
      }
    }
    current?.endOfFile(isTorn)
    if (!stretch && !hasEvents && !isEmpty)
      throw new NotATrailError(`'${name}' is not an audit trail: no line of it is an event with source and sequence.`)
  }

  finish(): TrailReport {
    const judging: JudgeOptions = { ...this.#options.judging, basis: this.#options.checkpoints.basis }
    const proven = new Map<string, readonly Span[]>()
    for (const [source, { check }] of this.#logs) {
      // The hashes of a filtered copy come from a journal, and the copy may have no event of some of its logs.
      if (check.kind === 'copy' && !check.hasLines && check.isKnownByTilesOnly) this.#logs.delete(source)
      else proven.set(source, check.end())
    }
    const isProven = ({ source, sequence }: Announced['by']) => isWithin(proven.get(source) ?? [], sequence)
    this.#doubtUnauthenticated(isProven)
    const sources: SourceReport[] = []
    // One by one, because twenty thousand logs, with their evidence and their reports, take memory.
    for (const [source, { check, ownCheckpoint }] of this.#logs) {
      this.#logs.delete(source)
      sources.push(judgeLog(check.evidence(ownCheckpoint), judging, isProven))
      check.close()
    }
    const isWrong = this.#findings.length > 0
    return {
      verdict: isWrong
        ? 'wrong'
        : worstOf(
            sources.map(({ verdict }) => verdict),
            judging,
          ),
      counts: sumOf(sources.map(({ counts }) => counts)),
      events: sources.reduce((sum, { events }) => sum + events, 0),
      sources: sources.toSorted((one, other) => (one.source < other.source ? -1 : 1)),
      findings: this.#findings,
    }
  }

  #doubtUnauthenticated(isProven: (by: Announced['by']) => boolean): void {
    for (const { range, by } of this.#unauthenticated.proven(isProven)) {
      const words = by.source === range.source ? `event ${by.sequence}` : `event ${by.sequence} of '${by.source}'`
      this.#logs.get(range.source)?.check.unauthenticated(range, words)
    }
    if (this.#unauthenticated.hasMore)
      this.found({ cause: 'unreadable', message: 'The trail has too many audit:recovered events. Not all of them were read.' })
  }

  #broken(
    current: SourceCheck | undefined,
    read: EventLine | undefined,
    { bytes, isTorn, isChecked, stretch }: BrokenLine,
  ): void {
    // Before the first event of a copy it is unknown which log a line belongs to.
    if (!current) {
      if (!isTorn) this.found({ cause: 'foreign', message: 'A file begins with a line that is not an event.' })
      return
    }
    // A failed write or a power cut may leave any bytes, but not a complete line of another log.
    const isVoid = stretch !== undefined && current.next >= stretch.to
    if (isVoid && !isChecked && !containsForeignLine(bytes, { source: current.source, from: stretch.to })) {
      current.hasLeftovers = true
      return
    }
    if (read)
      current.found({
        cause: 'foreign',
        sequence: read.sequence,
        message: `A file of this log contains a line of '${read.source}'.`,
      })
    else if (isVoid)
      current.found({ cause: 'foreign', message: 'A file of this log contains a complete line that is not an event.' })
    else current.broken()
  }

  #line(check: SourceCheck, read: EventLine): void {
    this.#options.ids?.see(read, (finding) => check.found(finding))
    for (const statement of check.line(read)) this.#hear(statement, read.source, read.sequence)
  }

  #hear(statement: Statement, source: string, sequence: number): void {
    if (statement.kind === 'announcement') {
      const { announcement } = statement
      // A journal deletes from its own log alone.
      if (announcement.why === 'expired' || announcement.source === source)
        this.#logOf(announcement.source).check.announce(announcement, { source, sequence })
      return
    }
    if (statement.kind === 'unauthenticated') return this.#unauthenticated.add(statement.range, { source, sequence }, false)
    const { seal } = statement
    const where = seal.origin === source ? `The seal in event ${sequence}` : `The seal in event ${sequence} of '${source}'`
    const read = this.#options.checkpoints.read(seal.checkpoint, 'seal', where)
    const { check } = this.#logOf(isFoundCheckpoint(read) ? read.origin : source)
    // Keeps the known name of the log: the one in the checkpoint would keep its whole text in memory.
    check.addCheckpoint(
      isFoundCheckpoint(read) ? { ...read, origin: check.source } : read,
      isFoundCheckpoint(read) ? undefined : sequence,
    )
    if (isFoundCheckpoint(read) && read.origin === seal.origin && read.size === seal.size) check.continueFrom(seal)
  }

  /** Lines before the file's first sequence belong to another file; lines after its end count in a later generation. */
  #misplaced(read: EventLine, { source, from }: Stretch): void {
    if (read.sequence < from) this.#logOf(source).check.misplaced(read, from)
  }

  #logOf(source: string, options?: Pick<SourceCheckOptions, 'kind' | 'tiles'>): Log {
    let log = this.#logs.get(source)
    if (log && !options) return log
    if (!log && this.#logs.size === MAX_LOGS) throw new TooManyLogsError(MAX_LOGS)
    const { checkpoints, tiles, prints } = this.#options
    const given = options ?? { kind: 'copy' as const, tiles: tiles.get(source) }
    const before = log?.check
    log = {
      check: new SourceCheck({ source, basis: checkpoints.basis, budget: this.#budget, prints, ...given }),
      ownCheckpoint: 'none',
    }
    before?.handOver(log.check)
    this.#logs.set(source, log)
    return log
  }
}
