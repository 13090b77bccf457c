import { chmodSync } from 'node:fs'
import { AuditError } from '../errors.ts'
import { loadSqlite } from '../sqlite.ts'
import type { FileLock } from './file-system.ts'

/**
 * Holds an exclusive transaction on a database file. Node has no file locks, but its SQLite takes one from the kernel, which ends
 * with the process in any case. The lock is only advice, because it is lost if this process opens and closes the file elsewhere.
 * The owner's term is the rule.
 */
export function lockFile(path: string): FileLock | undefined {
  const sqlite = loadSqlite()
  if (!sqlite) {
    const problem = `Node ${process.versions.node} has no SQLite, whose file lock the journal needs. Use Node 22.19 or later.`
    throw new AuditError('AUDIT_JOURNAL_UNAVAILABLE', problem)
  }
  const database = new sqlite.DatabaseSync(path, { timeout: 0 })
  try {
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    const code = (error as { readonly errcode?: number }).errcode
    if (code === SQLITE_BUSY) return undefined
    if (code !== SQLITE_NOTADB) throw error
    throw new AuditError('AUDIT_JOURNAL_UNAVAILABLE', `'${path}' is not a lock database. Remove it: the journal makes a new one.`)
  }
  // By its name: opening and closing the file again would release the lock.
  chmodSync(path, 0o600)
  return {
    release() {
      if (database.isOpen) database.close()
    },
  }
}

const SQLITE_BUSY = 5
const SQLITE_NOTADB = 26
