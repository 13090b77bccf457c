import { expect, test } from 'vitest'
import { WantedRuns } from './wanted-runs.ts'

const isWanted = (sequence: number) => sequence % 7 < 3 || sequence > 8_000

test('exactly the added events are wanted, also while more are added', () => {
  const runs = new WantedRuns()
  let added = 0
  const addTo = (end: number) => {
    for (; added < end; added++) if (isWanted(added)) runs.add(added)
  }
  for (let sequence = 0; sequence < 10_000; sequence++) {
    // Sometimes nothing is left unread, and sometimes thousands of runs are.
    if (sequence >= added) addTo(sequence + 1 + (sequence % 5 === 0 ? 9_000 : 0))
    expect(runs.has(sequence), `event ${sequence}`).toBe(isWanted(sequence))
  }
})

test('a run that was read to its end may grow', () => {
  const runs = new WantedRuns()
  expect(runs.has(0)).toBe(false)
  runs.add(0)
  expect([runs.has(0), runs.has(1)]).toEqual([true, false])
  runs.add(2)
  runs.add(3)
  expect([runs.has(2), runs.has(3), runs.has(4)]).toEqual([true, true, false])
})
