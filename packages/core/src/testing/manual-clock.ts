import type { Clock } from '../clock.ts'

/** A clock that moves only when a test moves it. */
export interface ManualClock extends Clock {
  /** Lets time pass: runs due timers in order, and lets promises settle in between. Throws for a negative time. */
  advance(ms: number): Promise<void>
  /** Sets the wall clock forward or back, as an operator or NTP would; waiting times and ages do not change. */
  jump(ms: number): void
  /** Number of waiting timers. */
  readonly timers: number
}

export interface ManualClockOptions {
  /** Milliseconds since 1970. Default 2026-01-01. */
  readonly now?: number
  /** Default: always 0.5. */
  readonly random?: () => number
}

interface Scheduled {
  readonly at: number
  readonly callback: () => void
}

export function manualClock(options: ManualClockOptions = {}): ManualClock {
  let wall = options.now ?? Date.UTC(2026, 0, 1)
  let elapsed = 0
  const scheduled = new Set<Scheduled>()

  function earliest(until: number): Scheduled | undefined {
    let first: Scheduled | undefined
    for (const timer of scheduled) if (timer.at <= until && (!first || timer.at < first.at)) first = timer
    return first
  }

  function pass(ms: number): void {
    elapsed += ms
    wall += ms
  }

  return {
    now: () => wall,
    monotonic: () => elapsed,
    random: options.random ?? (() => 0.5),
    schedule(delayMs, callback) {
      const timer = { at: elapsed + Math.max(0, delayMs), callback }
      scheduled.add(timer)
      return { cancel: () => void scheduled.delete(timer) }
    },
    async advance(ms) {
      if (!(ms >= 0 && ms < Infinity)) throw new RangeError(`Time only goes forward: ${ms} ms is not a valid step.`)
      const until = elapsed + ms
      await settled()
      for (let next = earliest(until); next; next = earliest(until)) {
        scheduled.delete(next)
        pass(next.at - elapsed)
        next.callback()
        await settled()
      }
      pass(until - elapsed)
      await settled()
    },
    jump(ms) {
      wall += ms
    },
    get timers() {
      return scheduled.size
    },
  }
}

/** Several turns of the event loop: enough for a chain of promises and callbacks in memory to come to rest. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
}
