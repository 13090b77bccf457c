import { expect, test } from 'vitest'
import { createReporter } from '../logger.ts'
import { createSeal } from '../seal/checkpoint-seal.ts'
import { manualClock } from '../testing/manual-clock.ts'
import type { Sealed } from '../journal/seal.ts'
import type { ClaimedLog } from './claimed-log.ts'
import type { StoredRecord } from '../log-format/record-line.ts'
import { SealLoop } from './seal-loop.ts'

/** A log whose disk and signer take no time, so that only the clock decides. */
function sealingOf(source: string): ClaimedLog {
  const sealed: Sealed = { origin: source, size: 1, checkpoint: '', frontier: [] }
  const seal = { sealed, hash: () => Promise.resolve(), advance: () => Promise.resolve() }
  return { log: { source }, seal } as unknown as ClaimedLog
}

test('a log records its seal after 1, 5, 15 and 60 seconds, then each minute, and after five minutes without an event', async () => {
  const clock = manualClock()
  const toldAt: number[] = []
  let own = sealingOf('first')
  const busy = [{ type: 'flag', action: 'created' }] as unknown as readonly StoredRecord[]
  const sealLoop = new SealLoop({
    clock,
    seal: createSeal({ signers: [], anchors: [], everyMs: 1_000 }, clock, createReporter(console, clock)),
    own: () => own,
    orphaned: () => [],
    record: async () => void toldAt.push(Math.round(clock.monotonic() / 1_000)),
    onDifference: () => undefined,
    warn: () => undefined,
  })
  sealLoop.start()
  const pass = async (seconds: number, isBusy: boolean) => {
    for (let second = 0; second < seconds; second++) {
      if (isBusy) sealLoop.observe(busy)
      await clock.advance(1_000)
    }
  }
  await pass(190, true)
  expect(toldAt).toEqual([1, 5, 15, 60, 120, 180])
  await pass(600, false)
  expect(toldAt.slice(6)).toEqual([240, 540])
  // Another log begins anew, for example after this one was taken over.
  own = sealingOf('second')
  const begin = Math.round(clock.monotonic() / 1_000)
  await pass(20, true)
  expect(toldAt.slice(8).map((second) => second - begin)).toEqual([2, 6, 16])
  await sealLoop.close()
})
