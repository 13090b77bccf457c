import { delay, loadSqlite, systemClock } from '@audit/core/internal'
import { SinkError } from '@audit/core/sink'
import { closeSync, constants, lstatSync, openSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'

interface OpenLock {
  readonly database: DatabaseSync
  readonly inode: number | undefined
  wasHeld: boolean
}

/**
 * A lock with one holder at a time among all processes and all locks of the same path. The kernel releases it when the process
 * ends, in any way, so stale locks do not exist. The lock file is empty, is never removed, and is created again if it was deleted.
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
    // A random delay, so that two that block each other do not collide again.
    while (!this.#tryAcquire()) {
      await delay(systemClock, 0.5 + 2 * systemClock.random(), signal)
      signal.throwIfAborted()
    }
    return this.#releasedAfter(work)
  }

  /** Runs `work` if the lock is free. Resolves with whether it ran. */
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
      // With a journal file SQLite would access the disk each time. The pragma is allowed only while no other process holds the lock.
      open.database.exec(`${open.wasHeld ? '' : 'PRAGMA journal_mode = MEMORY; '}BEGIN EXCLUSIVE`)
      open.wasHeld = true
    } catch (error) {
      if (isBusy(error)) return false
      failure = error
    }
    // A lock on a deleted file does not exclude later processes, and SQLite may fail on it in any way.
    const isThere = open.inode !== undefined && open.inode === inodeOf(this.#path)
    if (isThere && !failure) return true
    this.close()
    if (isThere) throw new SinkError(`Cannot lock ${this.#path}: ${(failure as Error).message}.`, { cause: failure })
    return false
  }

  #openDatabase(): OpenLock {
    makeOnce(this.#path, this.#mode)
    const sqlite = loadSqlite()
    if (!sqlite) {
      const advice = 'If no other process writes to the file, set lock: false.'
      throw new SinkError(`This build of Node has no SQLite, which is needed to lock the file. ${advice}`)
    }
    const database = new sqlite.DatabaseSync(this.#path, { timeout: 0 })
    return { database, inode: inodeOf(this.#path), wasHeld: false }
  }
}

/**
 * Creates the lock file. SQLite would follow symbolic links and make a file that everybody can read. An existing file is not opened
 * here: closing it would release the locks that this process holds on it.
 */
function makeOnce(path: string, mode: number): void {
  try {
    closeSync(openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, mode))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EEXIST') {
      const advice = 'Let the process create files there. If no other process writes to the log, set lock: false.'
      throw new SinkError(`Cannot create ${path}: ${code}. ${advice}`, { cause: error })
    }
    if (!lstatSync(path, { throwIfNoEntry: false })?.isFile()) throw new SinkError(`Cannot lock ${path}: it is not a file.`)
  }
}

function inodeOf(path: string): number | undefined {
  return lstatSync(path, { throwIfNoEntry: false })?.ino
}

const SQLITE_BUSY = 5

function isBusy(error: unknown): boolean {
  return ((error as { errcode?: number }).errcode ?? 0) % 256 === SQLITE_BUSY
}
