/** Events of one name that were lost for one reason; lost only to `sink`, if that is set. */
export interface Loss {
  readonly name: string
  readonly reason: string
  readonly sink?: string
  readonly count: number
  /** Time of the first loss, RFC 3339. `to` is the last one. */
  readonly from: string
  readonly to: string
}

export interface LossReport {
  readonly count: number
  readonly losses: readonly Loss[]
}

/** Names come from the catalog and sinks from the options, so honest use never reaches this many rows. */
const MAX_ROWS = 1_000

/** Losses that are not recorded yet. A loss leaves the ledger only when its `audit:lost` event is in the journal. */
export class LossLedger {
  #rows = new Map<string, { -readonly [K in keyof Loss]: Loss[K] }>()

  get isEmpty(): boolean {
    return this.#rows.size === 0
  }

  get count(): number {
    return [...this.#rows.values()].reduce((sum, row) => sum + row.count, 0)
  }

  add(loss: Omit<Loss, 'from' | 'to'>, at: string): void {
    const name = this.#rows.size < MAX_ROWS ? loss.name : '*:*'
    const key = `${name} ${loss.reason} ${loss.sink ?? ''}`
    const row = this.#rows.get(key)
    if (!row) {
      this.#rows.set(key, { ...loss, name, from: at, to: at })
      return
    }
    row.count += loss.count
    row.to = at
  }

  /** Returns the current losses, to be written; later ones go into the next report. */
  report(): LossReport {
    return { count: this.count, losses: structuredClone([...this.#rows.values()]) }
  }

  /** Call when a report is in the journal: removes its losses from the ledger, and no others. */
  settle(report: LossReport): void {
    for (const written of report.losses) {
      const key = `${written.name} ${written.reason} ${written.sink ?? ''}`
      const row = this.#rows.get(key)
      if (!row) continue
      row.count -= written.count
      row.from = written.to
      if (row.count === 0) this.#rows.delete(key)
    }
  }
}
