import { setTimeout as wait } from 'node:timers/promises'

const EVENTS_PER_SECOND = 10_000

/** Calls 10,000 times a second, some ten at a time as a busy server would, and counts the calls from 0. */
export async function pace(durationMs: number, call: (index: number) => void): Promise<number> {
  const start = performance.now()
  let count = 0
  for (let elapsed = 0; elapsed < durationMs; elapsed = performance.now() - start) {
    const due = Math.min(Math.floor((elapsed / 1_000) * EVENTS_PER_SECOND), Math.floor((durationMs / 1_000) * EVENTS_PER_SECOND))
    while (count < due) call(count++)
    await wait(1)
  }
  return count
}
