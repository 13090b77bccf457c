import type { Clock } from '../src/clock.ts'
import type { Random } from './simulated-random.ts'

interface Scheduled {
  readonly at: number
  readonly callback: () => void
}

/** Time that passes only from one timer to the next, on request. */
export class SimulatedClock implements Clock {
  readonly random: Random
  readonly #timers = new Set<Scheduled>()
  #wall = Date.UTC(2026, 0, 1)
  #elapsed = 0

  constructor(random: Random) {
    this.random = random
  }

  now(): number {
    return this.#wall + this.#elapsed
  }

  monotonic(): number {
    return this.#elapsed
  }

  schedule(delayMs: number, callback: () => void): { cancel(): void } {
    const timer = { at: this.#elapsed + Math.max(0, delayMs), callback }
    this.#timers.add(timer)
    return { cancel: () => void this.#timers.delete(timer) }
  }

  /** Runs the timer that is due first. False without a timer. */
  runNext(): boolean {
    let first: Scheduled | undefined
    for (const timer of this.#timers) if (!first || timer.at < first.at) first = timer
    if (!first) return false
    this.#timers.delete(first)
    this.#elapsed = Math.max(this.#elapsed, first.at)
    first.callback()
    return true
  }
}
