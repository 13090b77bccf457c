import type { SystemAction } from '../../event/event-pattern.ts'
import type { OrphanedLogs } from '../orphaned-logs.ts'
import type { Difference } from './covered-scan.ts'
import type { ActiveLog } from '../active-log.ts'
import type { LogWriter } from '../log/log-writer.ts'

/** A range of a log that differs from what was written, and the number of its lines, if that is known. */
export type Found = Omit<Difference, 'count'> & Partial<Difference>

export interface DifferencesOptions {
  readonly own: ActiveLog
  readonly orphanedLogs: OrphanedLogs
  /** Resolves once the log of this process has recorded it. */
  readonly record: (action: SystemAction, payload: unknown) => Promise<void>
  readonly warn: (cause: string, message: string) => void
}

/** Records each changed range of a log once, and warns of it. Nothing more of that log is signed, and nothing is added to it. */
export class Differences {
  readonly #options: DifferencesOptions
  /** Differences that were found before, because every cursor finds the same ones. */
  readonly #known = new Map<string, string>()

  constructor(options: DifferencesOptions) {
    this.#options = options
  }

  /** One sentence for each range, until the process ends. */
  get problems(): readonly string[] {
    return [...this.#known.values()]
  }

  report(log: LogWriter, { reason, ...where }: Found): void {
    const { own, orphanedLogs, record, warn } = this.#options
    own.breakOff(log, reason)
    if (reason === 'changed') void orphanedLogs.refuse(log, reason)
    const key = `${log.source} ${where.from}`
    if (this.#known.has(key)) return
    const problem = problemOf(log, reason, where.from)
    this.#known.set(key, problem)
    warn(`difference ${log.source}`, problem)
    void record('recovered', { source: log.source, reason, ...where })
  }
}

function problemOf({ source, directory }: LogWriter, reason: Found['reason'], from: number): string {
  const what = reason === 'changed' ? 'was changed on the disk' : 'cannot be read from the disk'
  return `The log '${source}' ${what} from event ${from} on, so this process does not continue it. Keep a copy of '${directory}' and find the cause.`
}
