import type { Clock } from './clock.ts'

/** True if the promise is done within that time; the timer goes with it. */
export async function isDoneWithin(clock: Clock, timeoutMs: number, promise: Promise<unknown>): Promise<boolean> {
  let late!: () => void
  const timeout = new Promise<false>((resolve) => (late = () => resolve(false)))
  const timer = clock.schedule(timeoutMs, late)
  try {
    return await Promise.race([promise.then(() => true), timeout])
  } finally {
    timer.cancel()
  }
}
