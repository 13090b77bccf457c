import type { FactAction } from '../../event/event-pattern.ts'
import type { Adoption } from './adoption.ts'
import type { Difference } from './covered-scan.ts'
import type { OwnLog } from './own-log.ts'
import type { SourceLog } from './source-log.ts'

/** A range of a log that differs from what was written, and the number of its lines, if that is known. */
export type Found = Omit<Difference, 'count'> & Partial<Difference>

export interface DifferencesOptions {
  readonly own: OwnLog
  readonly adoption: Adoption
  /** Resolves once the log of this process has recorded it. */
  readonly tell: (action: FactAction, payload: unknown) => Promise<void>
}

/** Records each changed range of a log once. Nothing more of that log is signed, and nothing is added to it. */
export class Differences {
  readonly #options: DifferencesOptions
  /** Every reader finds the same ones. */
  readonly #known = new Set<string>()

  constructor(options: DifferencesOptions) {
    this.#options = options
  }

  report(log: SourceLog, { reason, ...where }: Found): void {
    const { own, adoption, tell } = this.#options
    own.breakOff(log, reason)
    if (reason === 'changed') void adoption.refuse(log, reason)
    const key = `${log.source} ${where.from}`
    if (this.#known.has(key)) return
    this.#known.add(key)
    void tell('recovered', { source: log.source, reason, ...where })
  }
}
