import type { Clock, Timer } from '../clock.ts'

/** Counts the events that each sink refused for good and logs them once per minute, so that a flood of refusals is one line. */
export class RefusalNotices {
  readonly #clock: Clock
  readonly #report: (payload: { readonly sink: string; readonly count: number }) => void
  readonly #counts = new Map<string, number>()
  #timer: Timer | undefined

  constructor(clock: Clock, report: (payload: { readonly sink: string; readonly count: number }) => void) {
    this.#clock = clock
    this.#report = report
  }

  count(sink: string): void {
    this.#counts.set(sink, (this.#counts.get(sink) ?? 0) + 1)
    this.#timer ??= this.#clock.schedule(60_000, () => this.reportNow(), { keepAlive: false })
  }

  /** Logs the refusals counted since the last time. */
  reportNow(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    const counts = [...this.#counts]
    this.#counts.clear()
    for (const [sink, count] of counts) this.#report({ sink, count })
  }
}
