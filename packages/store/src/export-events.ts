import { createHash } from 'node:crypto'
import { OptionChecks } from '@audit/core/internal'
import { AuditError } from '@audit/core/sink'
import { csvColumns, csvHeader, csvLine, type CsvColumn } from './csv.ts'
import type { Page, StoreReader } from './store.ts'
import type { StoreFilter } from './store-filter.ts'

export interface ExportOptions {
  /** `ndjson`: the exact lines of the events. `csv`: columns for a spreadsheet. */
  readonly format: 'csv' | 'ndjson'
  /** The columns of CSV. Default: all. */
  readonly columns?: readonly CsvColumn[]
  /** Begins CSV with a byte order mark, without which Excel reads UTF-8 as another encoding. Default false. */
  readonly byteOrderMark?: boolean
  /** Rejects the iteration with its reason. */
  readonly signal?: AbortSignal
}

/** Describes a finished export, for a file beside it. */
export interface ExportManifest {
  readonly format: 'csv' | 'ndjson'
  readonly filter: StoreFilter
  /** The time of the export, in RFC 3339. */
  readonly at: string
  readonly count: number
  /** UTF-8 bytes of the export, and their SHA-256 in hexadecimal. */
  readonly bytes: number
  readonly sha256: string
}

export interface EventExport extends AsyncIterable<string> {
  /** Returns the manifest. Throws `AUDIT_INVALID_OPTIONS` before the iteration has ended. */
  manifest(): ExportManifest
}

const PAGE = 1_000

/**
 * Exports the matching events of the reader's scope, the oldest first, as parts of a text. Memory holds one page of 1,000 events at a
 * time. Can be iterated once. Throws `AUDIT_INVALID_OPTIONS`; the iteration rejects as `page()` does.
 */
export function exportEvents(reader: StoreReader, filter: StoreFilter, given: ExportOptions): EventExport {
  const checks = new OptionChecks()
  const options = checks.options(given, ['format', 'columns', 'byteOrderMark', 'signal'])
  checks.that(options.format === 'csv' || options.format === 'ndjson', "format: give 'csv' or 'ndjson'")
  const isColumn = (name: CsvColumn) => csvColumns.includes(name)
  const columns = checks.list('columns', options.columns, isColumn, `a list of ${csvColumns.join(', ')}`)
  checks.that(options.columns === undefined || columns.length > 0, 'columns: the list is empty; leave it out for all')
  checks.throwIfAny('The options of an export are wrong')
  return new Export(reader, filter, { ...options, columns: options.columns === undefined ? csvColumns : columns })
}

class Export implements EventExport {
  readonly #reader: StoreReader
  readonly #filter: StoreFilter
  readonly #options: ExportOptions & { readonly columns: readonly CsvColumn[] }
  readonly #digest = createHash('sha256')
  #count = 0
  #bytes = 0
  #manifest: ExportManifest | undefined

  constructor(reader: StoreReader, filter: StoreFilter, options: ExportOptions & { readonly columns: readonly CsvColumn[] }) {
    this.#reader = reader
    this.#filter = filter
    this.#options = options
  }

  manifest(): ExportManifest {
    if (this.#manifest) return this.#manifest
    throw new AuditError('AUDIT_INVALID_OPTIONS', 'The export has not ended, so it has no manifest.')
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string, void, undefined> {
    const { format, byteOrderMark = false, columns, signal } = this.#options
    if (format === 'csv') yield this.#part((byteOrderMark ? '\uFEFF' : '') + csvHeader(columns))
    let token: string | undefined
    do {
      signal?.throwIfAborted()
      const page: Page = await this.#reader.page(this.#filter, {
        order: 'oldest',
        limit: PAGE,
        ...(token !== undefined && { token }),
      })
      const lines = page.events.map((stored) => (format === 'csv' ? csvLine(stored.event, columns) : `${stored.line}\n`))
      this.#count += lines.length
      if (lines.length > 0) yield this.#part(lines.join(''))
      token = page.next
    } while (token !== undefined)
    this.#manifest = {
      format,
      filter: this.#filter,
      at: new Date().toISOString(),
      count: this.#count,
      bytes: this.#bytes,
      sha256: this.#digest.digest('hex'),
    }
  }

  #part(text: string): string {
    this.#digest.update(text)
    this.#bytes += Buffer.byteLength(text)
    return text
  }
}
