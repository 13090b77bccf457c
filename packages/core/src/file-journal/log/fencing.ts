import { hostname } from 'node:os'
import { join } from 'node:path'
import { AuditError } from '../../errors.ts'
import type { FileLock, FileStat, FileSystem, OpenFile } from '../../log-format/file-system.ts'
import { largestTerm, termOutOfReach } from '../../log-format/segment-name.ts'
import { ifMissing } from '../../log-format/small-file.ts'

// Decides which process writes a source. The kernel's lock keeps a second process away, but it is lost when the same process
// opens its file again, or a user deletes the file. So the term decides: each owner creates the file of the next term, which only
// one process can, removes the files of earlier terms, and only then reads the log. A writer checks after each write that its own
// file still exists. If it does, the next owner will find that write.

const TERM = /^owner\.(\d{1,9})$/
const MAX_CLAIMS = 100

/** The right to write a source, while `check` resolves. */
export class Fencing {
  readonly term: number
  readonly #fileSystem: FileSystem
  readonly #path: string
  readonly #file: OpenFile
  readonly #stat: FileStat
  readonly #lock: FileLock
  #isLost = false

  private constructor(fileSystem: FileSystem, path: string, term: number, file: OpenFile, stat: FileStat, lock: FileLock) {
    this.#fileSystem = fileSystem
    this.#path = path
    this.term = term
    this.#file = file
    this.#stat = stat
    this.#lock = lock
  }

  /**
   * Takes a source over, with a term above `seen`, those of its segments, and every earlier owner's. Undefined if another process
   * holds its lock. Rejects, and changes nothing, if a term is out of reach: starts do not count that far, so someone made the name.
   */
  static async claim(fileSystem: FileSystem, directory: string, seen: readonly number[]): Promise<Fencing | undefined> {
    const lock = fileSystem.lock(join(directory, 'lock.db'))
    if (!lock) return undefined
    try {
      const terms = [...seen, ...termsIn(await fileSystem.list(directory))]
      const made = termOutOfReach(terms)
      if (made !== undefined) throw outOfReach(directory, made)
      let term = largestTerm(terms)
      for (let claims = 0; claims < MAX_CLAIMS; claims++) {
        const path = join(directory, `owner.${++term}`)
        const file = await createNew(fileSystem, path)
        if (!file) continue
        const stat = await raise(fileSystem, directory, term, file).catch(async (error: unknown) => {
          await file.close().catch(() => undefined)
          throw error
        })
        if (stat) return new Fencing(fileSystem, path, term, file, stat, lock)
        await file.close()
      }
      throw new AuditError('AUDIT_JOURNAL_UNAVAILABLE', `Too many processes try to take over '${directory}' at the same time.`)
    } catch (error) {
      lock.release()
      throw error
    }
  }

  /** Rejects once another process has taken the source over, or its directory was removed. */
  async check(): Promise<void> {
    // While the file is open, its inode is not reused.
    const now = await this.#fileSystem.stat(this.#path).catch(ifMissing)
    if (now?.inode !== this.#stat.inode) this.#lose()
  }

  checkSync(): void {
    if (!this.#fileSystem.isSameSync(this.#path, this.#stat)) this.#lose()
  }

  /** True once another process owns the source, or no process can write it. Permanent. */
  get isLost(): boolean {
    return this.#isLost
  }

  async release(): Promise<void> {
    await this.#file.close().catch(() => undefined)
    this.#lock.release()
  }

  #lose(): never {
    this.#isLost = true
    throw new AuditError(
      'AUDIT_JOURNAL_UNAVAILABLE',
      `'${this.#path}' is gone: another process took the log over, or its directory was removed.`,
    )
  }
}

/** Removes the files of earlier owners, and returns the new owner. Undefined if a later owner exists by now. */
async function raise(fileSystem: FileSystem, directory: string, term: number, file: OpenFile): Promise<FileStat | undefined> {
  await file.write(Buffer.from(`${JSON.stringify({ term, instance: hostname(), pid: process.pid })}\n`))
  // If two processes claim at once, the later one sees the other's file, and the lower term loses.
  const terms = termsIn(await fileSystem.list(directory))
  for (const earlier of terms) if (earlier < term) await removeIfThere(fileSystem, join(directory, `owner.${earlier}`))
  await fileSystem.syncDirectory(directory)
  return largestTerm(terms) === term ? file.stat() : undefined
}

function outOfReach(directory: string, term: number): AuditError {
  return new AuditError(
    'AUDIT_JOURNAL_UNAVAILABLE',
    `A file of this log has ${term} as its term, and no log is started that often, so no process continues the log. Look for '${directory}/owner.${term}' and '${directory}/log/*.${term}-*.ndjson'. If this service did not write the file, move it out of the journal.`,
  )
}

function termsIn(names: readonly string[]): number[] {
  return names.flatMap((name) => TERM.exec(name)?.[1] ?? []).map(Number)
}

async function createNew(fileSystem: FileSystem, path: string): Promise<OpenFile | undefined> {
  try {
    return await fileSystem.open(path, 'create')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined
    throw error
  }
}

async function removeIfThere(fileSystem: FileSystem, path: string): Promise<void> {
  await fileSystem.remove(path).catch(ifMissing)
}
