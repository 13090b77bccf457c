import { expect, test } from 'vitest'
import { delay } from '../clock.ts'
import { manualClock } from './manual-clock.ts'

test('a manual clock moves only by hand', async () => {
  const clock = manualClock({ now: 1_000 })
  expect([clock.now(), clock.monotonic()]).toEqual([1_000, 0])
  await clock.advance(250)
  expect([clock.now(), clock.monotonic()]).toEqual([1_250, 250])
})

test('timers run in the order of their time, each at its time', async () => {
  const clock = manualClock()
  const ran: [string, number][] = []
  for (const [name, delayMs] of [
    ['b', 20],
    ['a', 10],
    ['c', 20],
    ['late', 31],
  ] as const) {
    clock.schedule(delayMs, () => ran.push([name, clock.monotonic()]))
  }
  await clock.advance(30)
  expect(ran).toEqual([
    ['a', 10],
    ['b', 20],
    ['c', 20],
  ])
  expect([clock.monotonic(), clock.timers]).toEqual([30, 1])
})

test('timers that a timer or its promises schedule run in the same step, if they are due', async () => {
  const clock = manualClock()
  const times: number[] = []
  const loop = (async () => {
    for (let round = 0; round < 5; round++) {
      await delay(clock, 10)
      times.push(clock.monotonic())
    }
  })()
  await clock.advance(49)
  expect(times).toEqual([10, 20, 30, 40])
  await clock.advance(1)
  await loop
  expect(times.at(-1)).toBe(50)
})

test('a timer that was cancelled does not run, and may be cancelled twice', async () => {
  const clock = manualClock()
  let runs = 0
  const timer = clock.schedule(5, () => runs++)
  timer.cancel()
  timer.cancel()
  await clock.advance(10)
  expect([runs, clock.timers]).toEqual([0, 0])
})

test('a jump moves only the wall clock', async () => {
  const clock = manualClock({ now: 5_000 })
  let runs = 0
  clock.schedule(10, () => runs++)
  clock.jump(-4_000)
  await clock.advance(9)
  expect([clock.now(), clock.monotonic(), runs]).toEqual([1_009, 9, 0])
})

test('time never goes back', async () => {
  const clock = manualClock()
  for (const ms of [-1, Number.NaN, Infinity]) await expect(clock.advance(ms)).rejects.toThrow(RangeError)
})

test('the test sets the random numbers', () => {
  const numbers = [0.1, 0.9]
  const clock = manualClock({ random: () => numbers.shift()! })
  expect([clock.random(), clock.random(), manualClock().random()]).toEqual([0.1, 0.9, 0.5])
})
