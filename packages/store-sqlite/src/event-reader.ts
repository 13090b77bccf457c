import { setImmediate as turn } from 'node:timers/promises'
import type { DatabaseSync } from 'node:sqlite'
import { AuditError, type AuditEvent } from '@audit/core/sink'
import type { PageOptions, StoreFilter, Summary, SummaryOptions } from '@audit/store'
import {
  EventCounts,
  hasWords,
  MAX_COUNTED,
  pageOptionsOf,
  readPage,
  selectionOf,
  summaryOptionsOf,
  wordsOf,
  type EventColumns,
  type PageWalk,
  type StoreSelection,
  type WalkedEvents,
} from '@audit/store/internal'
import { columnList, columnsOfRow, positionOf, rowOf, type ColumnRow } from './event-rows.ts'
import { candidates, narrowest, Statements } from './event-walk.ts'
import { leadsOf, type Lead } from './leads.ts'
import { readText, storedId } from './stored-text.ts'

/** A filter within a scope, as the worker gets it. */
export interface Query {
  readonly filter: StoreFilter
  readonly tenants: readonly string[] | 'all'
  readonly now: number
}

export interface PageLines {
  readonly lines: readonly string[]
  readonly next?: string
  readonly previous?: string
}

export interface FoundLines {
  readonly event: string
  readonly attempt?: string
  readonly outcome?: string
  readonly related: readonly string[]
}

export interface Arrivals {
  readonly events: readonly { readonly line: string; readonly token: string }[]
  /** The token after the last event that was looked at. */
  readonly end: string
  readonly hasMore: boolean
}

const MAX_RELATED = 50
/** Rows between two turns of the worker: a page must not wait for a summary. */
const SLICE = 2_000
/** The rows that a summary looks at, for each event that it may count. */
const EXAMINED_PER_COUNTED = 4
const MAX_ARRIVALS = 500

/** Reads one database. Every event that it returns has passed the test of its scope here, whatever the queries find. */
export class EventReader {
  readonly #database: DatabaseSync
  readonly #statements: Statements
  readonly #maxExamined: number
  readonly #store: string

  constructor(database: DatabaseSync, maxExamined: number) {
    this.#database = database
    this.#statements = new Statements(database)
    this.#maxExamined = maxExamined
    this.#store = String(database.prepare('select id from meta').get()?.['id'])
  }

  async page(query: Query, options: PageOptions): Promise<PageLines> {
    const selection = selectionOfQuery(query)
    const page = await readPage(selection, pageOptionsOf(options), (walk) => this.#walk(selection, walk))
    const { events, ...tokens } = page
    return { lines: events.map(({ line }) => line), ...tokens }
  }

  event(query: Query, id: string): FoundLines | undefined {
    const selection = selectionOfQuery(query)
    const row = this.#seen(selection, 'id = ?', storedId(id))[0]
    if (!row) return undefined
    const found = columnsOfRow(row)
    const [attempt] = found.attempt === undefined ? [] : this.#seen(selection, 'id = ?', storedId(found.attempt))
    const [outcome] = this.#seen(selection, 'attempt = ?', storedId(id))
    return {
      event: this.#line(row)!,
      ...(attempt && { attempt: this.#line(attempt)! }),
      ...(outcome && { outcome: this.#line(outcome)! }),
      related: this.#related(query, found),
    }
  }

  async summary(query: Query, options: SummaryOptions): Promise<Summary> {
    const selection = selectionOfQuery(query)
    const counts = new EventCounts(summaryOptionsOf(options))
    const lead = this.#lead(selection)
    let examined = 0
    for (const row of candidates(this.#statements, lead, { isAscending: false, from: undefined, period: selection.period })) {
      if (++examined > MAX_COUNTED * EXAMINED_PER_COUNTED) return counts.summary(false)
      if (examined % SLICE === 0) await turn()
      if (!this.#selects(selection, lead, row)) continue
      if (counts.isFull) return counts.summary(false)
      counts.add(columnsOfRow(row))
    }
    return counts.summary(true)
  }

  /** Returns the token of the newest event. */
  lastArrival(): string {
    const [number] = this.#statements.arrays('select coalesce(max(number), 0) from arrival').get() as unknown as [number]
    return this.#tokenOf(number)
  }

  /** Returns the events that were stored after the token. */
  arrivals(query: Query, after: string): Arrivals {
    const selection = selectionOfQuery(query)
    const from = this.#arrivalOf(after)
    const sql = `select number, ${columnList.replaceAll(/\brow\b/g, 'event.row')} from arrival cross join event on event.row = arrival.row
      where number > ? order by number limit ${MAX_ARRIVALS}`
    const rows = this.#statements.arrays(sql).all(from) as unknown as readonly [number, ...ColumnRow][]
    const { since, until } = selection.period
    const events = rows.flatMap(([number, ...row]) => {
      if (row[0] < since || row[0] >= until || !this.#selects(selection, undefined, row)) return []
      return [{ line: this.#line(row)!, token: this.#tokenOf(number) }]
    })
    return { events, end: this.#tokenOf(rows.at(-1)?.[0] ?? from), hasMore: rows.length === MAX_ARRIVALS }
  }

  /** Runs in one transaction, so that rows which another process removes are there until its end. */
  #walk(selection: StoreSelection, walk: PageWalk): WalkedEvents {
    this.#database.exec('begin')
    try {
      return this.#walked(selection, walk)
    } finally {
      this.#database.exec('commit')
    }
  }

  #walked(selection: StoreSelection, walk: PageWalk): WalkedEvents {
    const lead = this.#lead({ ...selection, period: walk.period })
    const found: { position: readonly [number, number]; line: string }[] = []
    let examined = 0
    for (const row of candidates(this.#statements, lead, walk)) {
      examined++
      const line = this.#selects(selection, lead, row) ? this.#line(row) : undefined
      if (line !== undefined) found.push({ position: positionOf(row), line })
      if (found.length === walk.limit) break
      if (examined >= this.#maxExamined) return { found, stoppedAt: positionOf(row) }
    }
    return { found }
  }

  #lead(selection: StoreSelection): Lead {
    const names = () =>
      (this.#statements.arrays('select name from name').all() as unknown as readonly [string][]).map(([name]) => readText(name))
    return narrowest(this.#statements, leadsOf(selection, names), selection.period)
  }

  #selects(selection: StoreSelection, lead: Lead | undefined, row: ColumnRow): boolean {
    if (!selection.selectsColumns(columnsOfRow(row))) return false
    const needsWords = selection.words.length > 0 && !lead?.hasWords
    if (!needsWords && !selection.payload) return true
    const line = this.#line(row)
    if (line === undefined) return false
    const event = JSON.parse(line) as AuditEvent
    return (!needsWords || hasWords(wordsOf(event), selection.words)) && (selection.payload?.(event) ?? true)
  }

  #seen(selection: StoreSelection, where: string, value: Uint8Array | string): readonly ColumnRow[] {
    const sql = `select ${columnList} from event where ${where} order by row limit ${MAX_RELATED}`
    const rows = this.#statements.arrays(sql).all(value) as unknown as readonly ColumnRow[]
    return rows.filter((row) => selection.selectsColumns(columnsOfRow(row)))
  }

  #related({ tenants, now }: Query, { id, request, correlation }: EventColumns): readonly string[] {
    const filters: readonly StoreFilter[] = [
      ...(request === undefined ? [] : [{ request }]),
      ...(correlation === undefined ? [] : [{ correlation }]),
    ]
    const rows = new Map<string, ColumnRow>()
    for (const filter of filters) {
      const selection = selectionOf(filter, { tenants }, now)
      let examined = 0
      let count = 0
      for (const row of candidates(this.#statements, this.#lead(selection), {
        isAscending: false,
        from: undefined,
        period: selection.period,
      })) {
        if (++examined > this.#maxExamined || count === MAX_RELATED) break
        const columns = columnsOfRow(row)
        if (columns.id === id || !selection.selectsColumns(columns)) continue
        rows.set(columns.id, row)
        count++
      }
    }
    const newest = [...rows.values()].toSorted((left, right) => right[0] - left[0] || right[1] - left[1]).slice(0, MAX_RELATED)
    return newest.flatMap((row) => this.#line(row) ?? [])
  }

  #line(row: ColumnRow): string | undefined {
    const [line] = (this.#statements.arrays('select line from event where row = ?').get(rowOf(positionOf(row))) ??
      []) as unknown as string[]
    return line
  }

  #tokenOf(number: number): string {
    return `${this.#store}.${number}`
  }

  #arrivalOf(token: string): number {
    const [store, number] = typeof token === 'string' && token.length < 64 ? token.split('.') : []
    if (store !== this.#store || !/^\d{1,15}$/.test(number ?? ''))
      throw new AuditError('AUDIT_INVALID_CURSOR', 'This is not a token of a followed event of this store.')
    const [oldest, newest] = this.#statements
      .arrays('select coalesce(min(number), 1), coalesce(max(number), 0) from arrival')
      .get() as unknown as [number, number]
    const after = Number(number)
    if (after >= oldest - 1 && after <= newest) return after
    throw new AuditError(
      'AUDIT_INVALID_CURSOR',
      'More than 100,000 events were stored after this token. Read the missed events with page().',
    )
  }
}

function selectionOfQuery({ filter, tenants, now }: Query): StoreSelection {
  return selectionOf(filter, { tenants }, now)
}
