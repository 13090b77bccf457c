import type { Announced } from './log-evidence.ts'
import type { Unauthenticated } from './system-events.ts'

type By = Announced['by']

interface Statement {
  readonly range: Unauthenticated
  readonly by: By
  /** It was compared with the kept hashes of its journal when it was read. */
  readonly isCompared: boolean
}

/** An honest trail has a few. */
const MAX_KEPT = 100_000

/** The statements of a trail that events were continued without authentication. Anyone can write one, so only proven ones count. */
export class UnauthenticatedRanges {
  /** True if some were left out. */
  hasMore = false
  readonly #statements: Statement[] = []

  add(range: Unauthenticated, by: By, isCompared: boolean): void {
    // A process records it after the events, in the same log or in its own.
    if (range.source === by.source && range.to >= by.sequence) return
    if (this.#statements.length < MAX_KEPT) this.#statements.push({ range, by, isCompared })
    else this.hasMore = true
  }

  /**
   * The ranges whose statement is proven, the last statement first. A statement within such a range of its own log was not
   * authenticated itself.
   */
  proven(isProven: (by: By) => boolean): readonly Statement[] {
    const accepted: Statement[] = []
    const own = new Map<string, Unauthenticated[]>()
    for (const statement of this.#statements.toSorted((one, other) => other.by.sequence - one.by.sequence)) {
      const { range, by, isCompared } = statement
      const isDoubtful = own.get(by.source)?.some(({ from, to }) => from <= by.sequence && by.sequence <= to) ?? false
      if (isDoubtful || !(isCompared || isProven(by))) continue
      accepted.push(statement)
      if (range.source === by.source) own.set(by.source, [...(own.get(by.source) ?? []), range])
    }
    return accepted
  }
}
