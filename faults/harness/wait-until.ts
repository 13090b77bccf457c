import { setTimeout as sleep } from 'node:timers/promises'

const POLL_MS = 20

/** Asks repeatedly until the answer is true. Resolves with the milliseconds, or with undefined after the time limit. */
export async function waitUntil(isSo: () => boolean | Promise<boolean>, timeoutMs: number): Promise<number | undefined> {
  const started = performance.now()
  for (;;) {
    if (await isSo()) return performance.now() - started
    if (performance.now() - started > timeoutMs) return undefined
    await sleep(POLL_MS)
  }
}
