import type { Clock } from '../../packages/core/dist/index.js'
import type { ManualClock } from '../../packages/core/dist/testing/index.js'

/** A clock that is moved from one timer to the next. */
export interface SteppedClock extends Clock {
  /** Advances to the next timer, and no further. Without a timer: one turn of the event loop. */
  step(): Promise<void>
}

export function steppedClock(clock: ManualClock): SteppedClock {
  const due = new Set<{ readonly at: number }>()
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    random: () => clock.random(),
    schedule(delayMs, callback, options) {
      const entry = { at: clock.monotonic() + Math.max(0, delayMs) }
      due.add(entry)
      const timer = clock.schedule(
        delayMs,
        () => {
          due.delete(entry)
          callback()
        },
        options,
      )
      return {
        cancel() {
          due.delete(entry)
          timer.cancel()
        },
      }
    },
    async step() {
      const next = Math.min(...Array.from(due, ({ at }) => at))
      await clock.advance(due.size === 0 ? 0 : next - clock.monotonic())
    },
  }
}
