import type { Clock } from '../src/clock.ts'
import { systemClock } from '../src/clock.ts'

const TIMES = 50

/** A clock on which time passes fifty times as fast, for what happens once a second or a minute beside a real disk. */
export function fastClock(): Clock {
  const [now, monotonic] = [systemClock.now(), systemClock.monotonic()]
  const elapsed = () => (systemClock.monotonic() - monotonic) * TIMES
  return {
    now: () => Math.floor(now + elapsed()),
    monotonic: elapsed,
    random: () => 0.5,
    schedule: (delayMs, callback, options) => systemClock.schedule(delayMs / TIMES, callback, options),
  }
}
