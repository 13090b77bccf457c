import { loadSqlite as load } from '@audit/core/internal'
import { AuditError } from '@audit/core/sink'

/** Loads SQLite. Throws `AUDIT_STORE_UNAVAILABLE` if this build of Node has none. */
export function loadSqlite(): NonNullable<ReturnType<typeof load>> {
  const sqlite = load()
  if (sqlite) return sqlite
  throw new AuditError('AUDIT_STORE_UNAVAILABLE', `Node ${process.versions.node} has no SQLite. Use Node 22.19 or later.`)
}
