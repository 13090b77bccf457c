const SAFE = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY'])

/** True if a method promises to change nothing (RFC 9110 §9.2.1, and QUERY). */
export function isSafe(method: string): boolean {
  return SAFE.has(method)
}

/** One route of an application, and how its requests are audited. */
export interface RouteCoverage {
  readonly method: string
  /** The pattern, never a path. */
  readonly route: string
  /** The method of the application that handles it, if it has a name. */
  readonly handler?: string
  /** The event that records its requests. */
  readonly event?: string
  /** The reason why it is not audited. */
  readonly exempt?: string
}

export interface CoverageOptions {
  /** Routes with safe methods must be audited or exempt too. Default false. */
  readonly reads?: boolean
}

/** Lists the routes of an application: audited, exempt, and missing. */
export class CoverageReport {
  readonly routes: readonly RouteCoverage[]
  /** Neither audited nor exempt. */
  readonly missing: readonly RouteCoverage[]
  /** Keys of the table of routes that match no route: misspelt, or obsolete. */
  readonly unused: readonly string[]

  constructor(routes: Iterable<RouteCoverage>, unused: readonly string[] = [], { reads = false }: CoverageOptions = {}) {
    this.routes = [...routes]
    this.unused = unused
    this.missing = this.routes.filter((row) => !row.event && row.exempt === undefined && (reads || !isSafe(row.method)))
  }

  get isComplete(): boolean {
    return this.missing.length === 0 && this.unused.length === 0
  }

  /** A table to read, with missing routes last. */
  toString(): string {
    const rows = this.routes.map((row) => [row.method, row.route, row.handler ?? '', this.#said(row)])
    rows.sort((a, b) => Number(a[3] === MISSING) - Number(b[3] === MISSING))
    const unused = this.unused.map((key) => [...key.split(/\s+/), '', 'matches no route'])
    return tableOf([['method', 'route', 'handler', 'recorded as'], ...rows, ...unused] as string[][])
  }

  toJSON(): object {
    const { routes, missing, unused, isComplete } = this
    return { isComplete, routes, missing, unused }
  }

  #said(row: RouteCoverage): string {
    if (row.event) return row.event
    if (row.exempt !== undefined) return `not audited: ${row.exempt}`
    return this.missing.includes(row) ? MISSING : '-'
  }
}

const MISSING = 'MISSING'

function tableOf(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
