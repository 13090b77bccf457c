import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { PageWalk, Period } from '@audit/store/internal'
import { columnList, MAX_AT, MAX_TIE, MIN_AT, positionOf, rowOf, type ColumnRow } from './event-rows.ts'
import type { Branch, Lead } from './leads.ts'

/** Bounds the number of rows that are read too many, and the number of queries. */
const FIRST_CHUNK = 64
const MAX_CHUNK = 1_024
/** The rows that are counted to find the narrowest lead. */
const PROBED = 1_000
const MAX_STATEMENTS = 500

/** Prepared statements by their text. */
export class Statements {
  readonly #database: DatabaseSync
  readonly #prepared = new Map<string, StatementSync>()

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  /** Returns rows as arrays: creating objects takes as long as the query. */
  arrays(sql: string): StatementSync {
    const known = this.#prepared.get(sql)
    if (known) return known
    if (this.#prepared.size >= MAX_STATEMENTS) this.#prepared.clear()
    const statement = this.#database.prepare(sql)
    statement.setReturnArrays(true)
    this.#prepared.set(sql, statement)
    return statement
  }
}

/** Rows between two numbers, both exclusive. */
interface Range {
  readonly after: bigint
  readonly before: bigint
}

/** The query of one range. Tests ask for its plan. */
export function candidateQuery({ from, where, row }: Branch, isAscending: boolean): string {
  const order = isAscending ? 'asc' : 'desc'
  return `select ${columnList} from ${from} where ${where} and ${row} > ? and ${row} < ? order by ${row} ${order} limit ?`
}

/** Returns the lead with the fewest rows, as far as a short look can tell. */
export function narrowest(statements: Statements, leads: readonly Lead[], period: Period): Lead {
  const [first, ...others] = leads
  if (others.length === 0) return first!
  const range = rangeOf({ isAscending: false, from: undefined, period })
  let [best, fewest] = [first!, Infinity]
  for (const lead of leads) {
    const count = lead.branches.reduce((sum, each) => (sum < PROBED ? sum + countOf(statements, each, range) : sum), 0)
    if (count < fewest) [best, fewest] = [lead, count]
    if (fewest === 0) break
  }
  return best
}

function countOf(statements: Statements, { from, where, row, parameters }: Branch, { after, before }: Range): number {
  const inner = `select 1 from ${from} where ${where} and ${row} > ? and ${row} < ? limit ${PROBED}`
  const [count] = statements.arrays(`select count(*) from (${inner})`).get(...parameters, after, before) as unknown as [number]
  return count
}

/** Yields the rows of a lead in the order of time, each once. */
export function* candidates(
  statements: Statements,
  lead: Lead,
  walk: Omit<PageWalk, 'limit'>,
): Generator<ColumnRow, void, undefined> {
  const range = rangeOf(walk)
  const streams = lead.branches.map((each) => new BranchRows(statements, each, range, walk.isAscending, lead.branches.length))
  const isFirst = (left: ColumnRow, right: ColumnRow) => (walk.isAscending ? compare(left, right) < 0 : compare(left, right) > 0)
  let last: ColumnRow | undefined
  for (;;) {
    let next: BranchRows | undefined
    for (const stream of streams) if (stream.head && (!next || isFirst(stream.head, next.head!))) next = stream
    const row = next?.head
    if (!next || !row) return
    next.advance()
    // An actor's id may be its email address, so two ranges may have the same row.
    if (!last || compare(last, row) !== 0) yield row
    last = row
  }
}

function compare(left: ColumnRow, right: ColumnRow): number {
  return left[0] - right[0] || left[1] - right[1]
}

class BranchRows {
  readonly #statement: StatementSync
  readonly #parameters: readonly string[]
  readonly #isAscending: boolean
  #range: Range
  #chunk: number
  #rows: readonly ColumnRow[] = []
  #index = 0
  #isEnd = false

  constructor(statements: Statements, branch: Branch, range: Range, isAscending: boolean, count: number) {
    this.#statement = statements.arrays(candidateQuery(branch, isAscending))
    this.#parameters = branch.parameters
    this.#isAscending = isAscending
    this.#range = range
    this.#chunk = Math.max(8, Math.ceil(FIRST_CHUNK / count))
    this.#read()
  }

  get head(): ColumnRow | undefined {
    return this.#rows[this.#index]
  }

  advance(): void {
    this.#index++
    if (this.#index < this.#rows.length || this.#isEnd) return
    const row = rowOf(positionOf(this.#rows.at(-1)!))
    this.#range = this.#isAscending ? { ...this.#range, after: row } : { ...this.#range, before: row }
    this.#chunk = Math.min(MAX_CHUNK, this.#chunk * 2)
    this.#read()
  }

  #read(): void {
    const { after, before } = this.#range
    this.#rows = this.#statement.all(...this.#parameters, after, before, this.#chunk) as unknown as readonly ColumnRow[]
    this.#index = 0
    this.#isEnd = this.#rows.length < this.#chunk
  }
}

function rangeOf({ isAscending, from, period }: Omit<PageWalk, 'limit'>): Range {
  const since = rowOf([Math.max(MIN_AT, period.since), 0]) - 1n
  const until = period.until > MAX_AT ? rowOf([MAX_AT, MAX_TIE]) + 1n : rowOf([period.until, 0])
  const range = { after: since, before: until }
  if (!from) return range
  const [at, tie] = from.position
  const row = rowOf([at, Number(tie)])
  if (isAscending) return { ...range, after: larger(since, from.isIncluded ? row - 1n : row) }
  return { ...range, before: smaller(until, from.isIncluded ? row + 1n : row) }
}

function larger(left: bigint, right: bigint): bigint {
  return left > right ? left : right
}

function smaller(left: bigint, right: bigint): bigint {
  return left < right ? left : right
}
