import type { DatabaseSync } from 'node:sqlite'

type Sqlite = { readonly DatabaseSync: typeof DatabaseSync }
let loaded: Sqlite | undefined

/**
 * Loads SQLite, for its file lock, without Node 22's warning that it is experimental: this feature has been tested. Undefined if
 * this build of Node has none.
 */
export function loadSqlite(): Sqlite | undefined {
  if (loaded) return loaded
  const { emitWarning } = process
  process.emitWarning = ((warning: string | Error, ...rest: unknown[]) => {
    if (!String(warning).startsWith('SQLite is an experimental')) Reflect.apply(emitWarning, process, [warning, ...rest])
  }) as typeof process.emitWarning
  try {
    loaded = process.getBuiltinModule('node:sqlite') as Sqlite | undefined
  } finally {
    process.emitWarning = emitWarning
  }
  return loaded
}
