import { setTimeout as sleep } from 'node:timers/promises'

const POLL_MS = 20

/** Asks again and again until it is so; resolves with how many milliseconds that took, or with nothing when the time is over. */
export async function waitUntil(isSo: () => boolean | Promise<boolean>, timeoutMs: number): Promise<number | undefined> {
  const started = performance.now()
  for (;;) {
    if (await isSo()) return performance.now() - started
    if (performance.now() - started > timeoutMs) return undefined
    await sleep(POLL_MS)
  }
}
