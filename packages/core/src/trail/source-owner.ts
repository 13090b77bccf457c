import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { AuditError } from '../errors.ts'
import type { FileSystem } from '../log-format/file-system.ts'
import { largestTerm } from '../log-format/segment-name.ts'
import { ifMissing, ifNotThere, jsonOf, readText } from '../log-format/small-file.ts'

/** The last process that wrote a log. */
export interface SourceOwner {
  readonly term: number
  /** Its host; `pid` is its process there. */
  readonly instance: string
  readonly pid: number
  /**
   * `running`: its process is there. `gone`: it is not. `unknown`: it runs on another host, or the process with that number began
   * after the log was taken.
   */
  readonly state: 'running' | 'gone' | 'unknown'
}

const TERM = /^owner\.(\d{1,9})$/
/** The same on every Linux machine. */
const TICK_MS = 10
const SLACK_MS = 5_000

/**
 * Returns undefined if no process has ever written the log. It looks for the process instead of the lock, since trying the lock
 * takes it.
 */
export async function readOwner(fileSystem: FileSystem, directory: string): Promise<SourceOwner | undefined> {
  const terms = (await fileSystem.list(directory)).flatMap((name) => TERM.exec(name)?.[1] ?? []).map(Number)
  if (terms.length === 0) return undefined
  const term = largestTerm(terms)
  const path = join(directory, `owner.${term}`)
  const stat = await fileSystem.stat(path).catch(ifMissing)
  const text = await readText(fileSystem, path).catch(ifNotThere)
  // Undefined if it is being written, or was changed.
  const said = jsonOf(text ?? '') as { readonly instance?: unknown; readonly pid?: unknown } | null | undefined
  const instance = typeof said?.instance === 'string' ? said.instance : ''
  const pid = typeof said?.pid === 'number' && Number.isSafeInteger(said.pid) && said.pid > 0 ? said.pid : 0
  return { term, instance, pid, state: await stateOf(instance, pid, stat?.modifiedAt ?? 0) }
}

/**
 * True if a process has the lock of the log. Takes the lock for a moment if it is free. Any user who can write the files can
 * make an owner that names a running process, but not its lock. The files must have been inspected before.
 */
export async function isLocked(fileSystem: FileSystem, directory: string): Promise<boolean> {
  const path = join(directory, 'lock.db')
  if (!(await fileSystem.stat(path).catch(ifMissing))) return false
  try {
    const lock = fileSystem.lock(path)
    lock?.release()
    return lock === undefined
  } catch (error) {
    if (AuditError.isInstance(error)) return false
    throw error
  }
}

async function stateOf(instance: string, pid: number, since: number): Promise<SourceOwner['state']> {
  if (pid === 0 || instance !== hostname()) return 'unknown'
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: the process exists, and belongs to another user.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return 'gone'
  }
  const startedAt = await startOf(pid)
  return startedAt !== undefined && startedAt > since + SLACK_MS ? 'unknown' : 'running'
}

/** Returns the start of a process in milliseconds since 1970; undefined if that is unknown. */
async function startOf(pid: number): Promise<number | undefined> {
  try {
    const bootedAt = /^btime (\d+)$/m.exec(await readFile('/proc/stat', 'utf8'))?.[1]
    // Its name is in parentheses and may hold anything; the start is the 20th field after it.
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    const ticks = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19])
    return bootedAt === undefined || Number.isNaN(ticks) ? undefined : Number(bootedAt) * 1_000 + ticks * TICK_MS
  } catch {
    return undefined
  }
}
