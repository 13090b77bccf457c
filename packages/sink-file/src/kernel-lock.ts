import { delay, SinkError, systemClock } from '@audit/core/sink'
import { closeSync, constants, lstatSync, openSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'

interface OpenLock {
  readonly database: DatabaseSync
  readonly inode: number | undefined
  wasHeld: boolean
}

/**
 * One holder at a time among all processes and all locks of the same path. The kernel ends it with the process, however that
 * ends: nobody has to decide whether a holder still lives. The file is empty, stays where it is, and is made anew if it is deleted.
 */
export class KernelLock {
  readonly #path: string
  readonly #mode: number
  #open: OpenLock | undefined

  constructor(path: string, mode: number) {
    this.#path = path
    this.#mode = mode
  }

  /** Runs `work` while holding the lock. Rejects with the signal's reason if that aborts first. */
  async while<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    // Random, so that two who found each other in the way do not meet again.
    while (!this.#tryAcquire()) {
      await delay(systemClock, 0.5 + 2 * systemClock.random(), signal)
      signal.throwIfAborted()
    }
    return this.#releasedAfter(work)
  }

  /** Runs `work` if nobody holds the lock, and says whether it did. */
  async ifFree(work: () => Promise<void>): Promise<boolean> {
    if (!this.#tryAcquire()) return false
    await this.#releasedAfter(work)
    return true
  }

  close(): void {
    this.#open?.database.close()
    this.#open = undefined
  }

  async #releasedAfter<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } finally {
      this.#open!.database.exec('ROLLBACK')
    }
  }

  #tryAcquire(): boolean {
    const open = (this.#open ??= this.#openDatabase())
    let failure: unknown
    try {
      // Of a journal that is a file SQLite would ask the disk each time. It may only be said when nobody else holds the lock.
      open.database.exec(`${open.wasHeld ? '' : 'PRAGMA journal_mode = MEMORY; '}BEGIN EXCLUSIVE`)
      open.wasHeld = true
    } catch (error) {
      if (isBusy(error)) return false
      failure = error
    }
    // A lock on a file that was deleted excludes nobody who comes later, and SQLite may fail at it in any way.
    const isThere = open.inode !== undefined && open.inode === inodeOf(this.#path)
    if (isThere && !failure) return true
    this.close()
    if (isThere) throw new SinkError(`Cannot lock ${this.#path}: ${(failure as Error).message}.`, { cause: failure })
    return false
  }

  #openDatabase(): OpenLock {
    makeOnce(this.#path, this.#mode)
    const database = new (sqlite().DatabaseSync)(this.#path, { timeout: 0 })
    return { database, inode: inodeOf(this.#path), wasHeld: false }
  }
}

/**
 * SQLite follows symbolic links, and makes files for everybody to read. Only a file that is new is opened here: closing another
 * would give away the locks that this process holds on it.
 */
function makeOnce(path: string, mode: number): void {
  try {
    closeSync(openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, mode))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EEXIST') {
      const advice = 'The process must be able to make files there; if no other writes to the log, say lock: false.'
      throw new SinkError(`Cannot make ${path}: ${code}. ${advice}`, { cause: error })
    }
    if (!lstatSync(path, { throwIfNoEntry: false })?.isFile()) throw new SinkError(`Cannot lock ${path}: it is no file.`)
  }
}

function inodeOf(path: string): number | undefined {
  return lstatSync(path, { throwIfNoEntry: false })?.ino
}

type Sqlite = { readonly DatabaseSync: typeof DatabaseSync }
let loaded: Sqlite | undefined

/** On Node 22 the module says that it is experimental. Nothing but its lock is used, so that one warning is left out. */
function sqlite(): Sqlite {
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
  if (loaded) return loaded
  throw new SinkError(
    'This build of Node has no SQLite, whose file lock is needed. If no other process writes there: lock: false.',
  )
}

const SQLITE_BUSY = 5

function isBusy(error: unknown): boolean {
  return ((error as { errcode?: number }).errcode ?? 0) % 256 === SQLITE_BUSY
}
