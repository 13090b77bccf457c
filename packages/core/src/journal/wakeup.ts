import type { Clock } from '../clock.ts'

/** The wait of a cursor for new records. */
export class Wakeup {
  readonly #clock: Clock
  #isDue = false
  #resume: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Call before looking for records, so that none that comes meanwhile is missed. */
  reset(): void {
    this.#isDue = false
  }

  wake(): void {
    this.#isDue = true
    this.#resume?.()
  }

  /** Resolves after `wake()`, also if that was called since `reset()`; after `waitMs`; or when `signal` aborts. */
  async wait(waitMs: number, signal: AbortSignal): Promise<void> {
    if (this.#isDue || signal.aborted) return
    await new Promise<void>((resolve) => {
      const resume = () => {
        timer?.cancel()
        signal.removeEventListener('abort', resume)
        this.#resume = undefined
        resolve()
      }
      // Without a deadline there is no timer either: an idle sink costs nothing.
      const timer = waitMs === Infinity ? undefined : this.#clock.schedule(waitMs, resume, { keepAlive: false })
      signal.addEventListener('abort', resume)
      this.#resume = resume
    })
  }
}
