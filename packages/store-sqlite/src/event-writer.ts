import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { AuditEvent } from '@audit/core/sink'
import { columnsOf, wordsOf, type EventColumns } from '@audit/store/internal'
import { indexedText } from './event-words.ts'
import { MAX_AT, MAX_TIE, MIN_AT, rowOf, TIE_BITS, valuesOf } from './event-rows.ts'
import { storedText } from './stored-text.ts'

/** The newest events that can be followed after a pause. */
const KEPT_ARRIVALS = 100_000

/** Writes batches, each in one transaction. */
export class EventWriter {
  readonly #database: DatabaseSync
  readonly #insert: StatementSync
  readonly #lastTie: StatementSync
  readonly #insertWords: StatementSync
  readonly #insertName: StatementSync
  readonly #insertArrival: StatementSync
  readonly #prune: StatementSync
  /** Names that are stored already. */
  readonly #names = new Set<string>()

  constructor(database: DatabaseSync) {
    this.#database = database
    // Each result has the row that was inserted last. Node 26 throws if it is beyond the safe integers.
    const writing = (sql: string) => {
      const statement = database.prepare(sql)
      statement.setReadBigInts(true)
      return statement
    }
    const values = Array.from({ length: 16 }, () => '?').join()
    // Parameters are floating-point numbers; shifting makes them integers.
    const row = `(? << ${TIE_BITS}) | ?`
    this.#insert = writing(`insert into event values (${row}, ${values}) on conflict (id) do nothing`)
    this.#lastTie = database.prepare(`select max(row) & ${MAX_TIE} as tie from event where row >= ? and row <= ?`)
    this.#insertWords = writing(`insert into event_word (rowid, words) values (${row}, ?)`)
    this.#insertName = writing('insert or ignore into name (name) values (?)')
    this.#insertArrival = writing(`insert into arrival (row) values (${row})`)
    this.#prune = writing('delete from arrival where number <= (select max(number) from arrival) - ?')
  }

  /**
   * Stores the events that the file does not have yet, and returns the indexes of lines that are not events. All are on the disk when
   * it returns; if it throws, none is stored.
   */
  write(lines: readonly string[]): readonly number[] {
    const refused: number[] = []
    const ties = new Map<number, number>()
    this.#database.exec('begin immediate')
    try {
      lines.forEach((line, index) => {
        const event = eventOf(line)
        const columns = event && columnsOf(event)
        if (!event || !columns || !this.#add(event, columns, line, ties)) refused.push(index)
      })
      this.#prune.run(KEPT_ARRIVALS)
      this.#database.exec('commit')
    } catch (error) {
      this.#names.clear()
      // A full disk may have rolled back already.
      if (this.#database.isTransaction) this.#database.exec('rollback')
      throw error
    }
    return refused
  }

  /** Returns false if the event has no place: its time is out of range, or its millisecond is full. */
  #add(event: AuditEvent, columns: EventColumns, line: string, ties: Map<number, number>): boolean {
    const { at, name, tenant } = columns
    if (at > MAX_AT || at < MIN_AT) return false
    const tie = ties.get(at) ?? this.#firstTie(at)
    if (tie > MAX_TIE) return false
    const { changes } = this.#insert.run(at, tie, ...valuesOf(columns, line))
    ties.set(at, changes === 0n ? tie : tie + 1)
    if (changes === 0n) return true
    this.#insertWords.run(at, tie, indexedText(wordsOf(event), tenant))
    this.#insertArrival.run(at, tie)
    if (!this.#names.has(name)) this.#insertName.run(storedText(name))
    this.#names.add(name)
    return true
  }

  #firstTie(at: number): number {
    const { tie } = this.#lastTie.get(rowOf([at, 0]), rowOf([at, MAX_TIE])) as { readonly tie: number | null }
    return tie === null ? 0 : tie + 1
  }
}

function eventOf(line: string): AuditEvent | undefined {
  try {
    const event = JSON.parse(line) as unknown
    return typeof event === 'object' && event !== null ? (event as AuditEvent) : undefined
  } catch {
    return undefined
  }
}
