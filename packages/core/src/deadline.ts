import type { Clock, ScheduleOptions } from './clock.ts'

/** Resolves with true if the promise settles within that time; the timer is then cleared. */
export async function isDoneWithin(
  clock: Clock,
  timeoutMs: number,
  promise: Promise<unknown>,
  options?: ScheduleOptions,
): Promise<boolean> {
  let late!: () => void
  const timeout = new Promise<false>((resolve) => (late = () => resolve(false)))
  const timer = clock.schedule(timeoutMs, late, options)
  try {
    return await Promise.race([promise.then(() => true), timeout])
  } finally {
    timer.cancel()
  }
}
