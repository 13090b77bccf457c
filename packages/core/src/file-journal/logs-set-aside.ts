import { AuditError } from '../errors.ts'

/** Errors of the process or of the whole disk: a new log would fail as well. */
const EVERYWHERE: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'ENOSPC', 'EDQUOT', 'EROFS'])

/**
 * The logs of this service that cannot be used in their current state. They are not changed; they are reported, and tried again
 * later.
 */
export class LogsSetAside {
  readonly #warn: (cause: string, message: string) => void
  /** The problem of each log, by directory. */
  readonly #problems = new Map<string, string>()

  constructor(warn: (cause: string, message: string) => void) {
    this.#warn = warn
  }

  /** One sentence each, for `health()`. */
  get problems(): readonly string[] {
    return [...this.#problems.values()]
  }

  /** Reports that a log cannot be used. Throws the error again if it would stop every other log too. */
  add(directory: string, error: unknown): void {
    const { code = 'an unknown error', message } = error as NodeJS.ErrnoException
    if (EVERYWHERE.has(code)) throw error
    const why = AuditError.isInstance(error) ? message : `${code}: ${message}.`
    const problem = `The log in '${directory}' is set aside, and its events are not delivered: ${why}`
    this.#problems.set(directory, problem)
    this.#warn(`set aside ${directory}`, problem)
  }

  /** The log can be used again. */
  remove(directory: string): void {
    this.#problems.delete(directory)
  }

  /** The other logs no longer exist. */
  keepOnly(directories: readonly string[]): void {
    for (const directory of this.#problems.keys()) if (!directories.includes(directory)) this.#problems.delete(directory)
  }
}
