import { OptionChecks, pathProblem } from '@audit/core/internal'

export interface SqliteStoreOptions {
  /** The file. It is created with its schema for the first events; its folder must exist. */
  readonly path: string
  /** True: the file must exist and is never written. Default false. */
  readonly readOnly?: boolean
  /**
   * The most events that a search looks at for one page, 1 to 1,000,000; then the page ends and `next` continues. A larger number gives
   * fuller pages for filters that match few events, and slower ones. Default 10,000.
   */
  readonly maxExamined?: number
  /** How long a write waits for another process that writes, in milliseconds, 1 to 600,000. Default 10,000. */
  readonly lockTimeoutMs?: number
  /** Default `sqlite:` and the path. */
  readonly name?: string
}

export interface ResolvedSqliteStoreOptions {
  readonly path: string
  readonly readOnly: boolean
  readonly maxExamined: number
  readonly lockTimeoutMs: number
  readonly name: string
}

/** Throws one `AUDIT_INVALID_OPTIONS` that lists all problems. */
export function resolveSqliteStoreOptions(given: SqliteStoreOptions): ResolvedSqliteStoreOptions {
  const checks = new OptionChecks()
  const options = checks.options(given, ['path', 'readOnly', 'maxExamined', 'lockTimeoutMs', 'name'])
  const { path, readOnly = false, name } = options
  const isPath = typeof path === 'string' && path !== ''
  const problem = isPath ? (path.includes('\0') ? 'a path has no NUL' : pathProblem(path)) : 'give the path of a file'
  checks.that(problem === undefined, `path: ${problem}`)
  checks.that(
    !isPath || (path !== ':memory:' && !path.startsWith('file:')),
    'path: give a file; memoryStore() is a store in memory',
  )
  checks.that(typeof readOnly === 'boolean', 'readOnly: give true or false')
  checks.that(name === undefined || (typeof name === 'string' && name !== ''), 'name: give a text')
  const maxExamined = checks.number('maxExamined', options.maxExamined, { fallback: 10_000, min: 1, max: 1_000_000 })
  const lockTimeoutMs = checks.number('lockTimeoutMs', options.lockTimeoutMs, { fallback: 10_000, min: 1, max: 600_000 })
  checks.throwIfAny('The options of sqliteStore are wrong')
  return { path, readOnly, maxExamined, lockTimeoutMs, name: name ?? `sqlite:${path}` }
}
