import type { DatabaseSync } from 'node:sqlite'
import { AuditError } from '@audit/core/sink'

type Sqlite = { readonly DatabaseSync: typeof DatabaseSync }

let loaded: Sqlite | undefined

/** Loads SQLite without Node 22's warning that it is experimental: the features that are used here have been tested. */
export function loadSqlite(): Sqlite {
  if (loaded) return loaded
  const { emitWarning } = process
  process.emitWarning = ((warning: string | Error, ...rest: unknown[]) => {
    if (String(warning).startsWith('SQLite is an experimental feature')) return
    Reflect.apply(emitWarning, process, [warning, ...rest])
  }) as typeof process.emitWarning
  try {
    loaded = process.getBuiltinModule('node:sqlite') as Sqlite | undefined
  } finally {
    process.emitWarning = emitWarning
  }
  if (loaded) return loaded
  throw new AuditError('AUDIT_STORE_UNAVAILABLE', `Node ${process.versions.node} has no SQLite. Use Node 22.19 or later.`)
}
