import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, openSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { AuditError } from '@audit/core/sink'
import { loadSqlite } from './load-sqlite.ts'

/** "AUDT": marks the file as a store of audit events. */
const APPLICATION = 0x41_55_44_54
const VERSION = 1

/**
 * `row` is the timestamp in milliseconds, times 2^20, plus the number of the event within its millisecond. So the table and every index
 * are in the order of time, and no index needs columns for it.
 *
 * Each index begins with the column that a filter selects. The columns are for filters only: what is returned is `line`.
 */
const schema = `
create table event (
  row integer primary key,
  id any not null,
  source text, sequence integer,
  tenant text, name text not null, status text not null,
  actor text, email text, behalf text, target_type text, target_id text,
  ip text, request text, correlation text, attempt any,
  line text not null
) strict;
create unique index event_id on event (id);
create index event_tenant_name on event (tenant, name);
create index event_tenant on event (tenant);
create index event_name on event (name);
create index event_actor on event (actor) where actor is not null;
create index event_email on event (email) where email is not null;
create index event_behalf on event (behalf) where behalf is not null;
create index event_target on event (target_type, target_id) where target_id is not null;
create index event_ip on event (ip) where ip is not null;
create index event_request on event (request) where request is not null;
create index event_correlation on event (correlation) where correlation is not null;
create index event_attempt on event (attempt) where attempt is not null;
create index event_status on event (status) where status <> 'success';
create index event_tenant_status on event (tenant, status) where status <> 'success';
create table meta (id text not null) strict;
create table name (name text primary key) strict, without rowid;
create table arrival (number integer primary key, row integer not null) strict;
create virtual table event_word using fts5 (words, content = '', contentless_delete = 1, tokenize = 'ascii', detail = none);
pragma application_id = ${APPLICATION};
pragma user_version = ${VERSION};
`

export interface OpenOptions {
  readonly path: string
  readonly role: 'write' | 'read'
  readonly readOnly: boolean
  readonly lockTimeoutMs: number
}

/**
 * Opens the file, and creates its schema if it is new. Throws `AUDIT_STORE_UNAVAILABLE` for a file that is not a store, or of another
 * version, and the errors of SQLite. It is safe if several processes open a new file at once.
 */
export function openDatabase({ path, role, readOnly, lockTimeoutMs }: OpenOptions): DatabaseSync {
  if (readOnly && !existsSync(path)) throw new AuditError('AUDIT_STORE_UNAVAILABLE', `There is no store at '${path}'.`)
  // A trail names people. The files that SQLite puts beside it get the same permissions.
  if (!readOnly) closeSync(openSync(path, 'a', 0o600))
  const database = new (loadSqlite().DatabaseSync)(path, { timeout: lockTimeoutMs })
  try {
    if (!readOnly) create(database, path)
    checkVersion(database, path)
    // A write is acknowledged when the disk has it: with less, a power failure would take events that the journal counts as delivered.
    database.exec('pragma synchronous = full; pragma temp_store = memory')
    database.exec(role === 'write' ? 'pragma cache_size = -32000' : 'pragma cache_size = -16000; pragma query_only = true')
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

function create(database: DatabaseSync, path: string): void {
  const isStore = () => pragma(database, 'application_id') === APPLICATION
  if (isStore()) return
  if (hasTables(database)) {
    // Another process may have created it between the two looks.
    if (isStore()) return
    throw notAStore(path)
  }
  database.exec('pragma auto_vacuum = incremental; pragma journal_mode = wal; begin immediate')
  try {
    if (!hasTables(database)) {
      database.exec(schema)
      database.prepare('insert into meta (id) values (?)').run(randomBytes(6).toString('base64url'))
    }
    database.exec('commit')
  } catch (error) {
    database.exec('rollback')
    throw error
  }
}

function checkVersion(database: DatabaseSync, path: string): void {
  if (pragma(database, 'application_id') !== APPLICATION) throw notAStore(path)
  const version = pragma(database, 'user_version')
  if (version === VERSION) return
  const problem = `The store '${path}' has version ${version} of the schema, and this version of @audit/store-sqlite knows ${VERSION}.`
  throw new AuditError('AUDIT_STORE_UNAVAILABLE', `${problem} Update the package, or build the store again from the journal.`)
}

function hasTables(database: DatabaseSync): boolean {
  return database.prepare('select 1 from sqlite_schema limit 1').get() !== undefined
}

function pragma(database: DatabaseSync, name: string): unknown {
  return database.prepare(`pragma ${name}`).get()?.[name]
}

function notAStore(path: string): AuditError {
  return new AuditError(
    'AUDIT_STORE_UNAVAILABLE',
    `'${path}' is an SQLite database, but not a store of audit events. Give another path.`,
  )
}
