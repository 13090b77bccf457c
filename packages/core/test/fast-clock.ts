import type { Clock } from '../src/clock.ts'
import { systemClock } from '../src/clock.ts'

const TIMES = 50

/** A clock that runs fifty times as fast, for tests with a real disk of things that happen once per second or minute. */
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
