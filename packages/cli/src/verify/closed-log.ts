import type { AfterEnd } from './log-evidence.ts'

/** Number of ends that are kept; an honest log has no lines after one. */
const MAX_KEPT = 64
/** Events that a process may record in a log before `audit:opened`. */
const BEFORE_OPENED: ReadonlySet<string | undefined> = new Set(['recovered', 'key-rotated', 'trimmed', 'lost', 'sealed'])

/** Finds lines after `audit:closed` that no `audit:opened` introduces. */
export class ClosedLog {
  #afterEnd: AfterEnd[] | undefined
  /** The sequence at which the log was closed, as long as no process has opened it since. */
  #closedAt: number | undefined

  get afterEnd(): readonly AfterEnd[] {
    return this.#afterEnd ?? []
  }

  /** `action`: of a system event. */
  see(sequence: number, action: string | undefined): void {
    if (action === 'closed') this.#closedAt = sequence
    else if (action === 'opened') this.#closedAt = undefined
    else if (this.#closedAt !== undefined && !BEFORE_OPENED.has(action)) this.#note(this.#closedAt, sequence)
  }

  #note(closedAt: number, sequence: number): void {
    this.#afterEnd ??= []
    const last = this.#afterEnd.at(-1)
    if (last?.closedAt === closedAt) last.last = sequence
    else if (this.#afterEnd.length < MAX_KEPT) this.#afterEnd.push({ closedAt, first: sequence, last: sequence })
  }
}
