import { expect, test, vi } from 'vitest'
import { createReporter } from './logger.ts'
import { manualClock } from './testing/manual-clock.ts'

test('a cause is logged once per minute, then with the number of suppressed lines', async () => {
  const clock = manualClock()
  const logger = { warn: vi.fn(), error: vi.fn() }
  const reporter = createReporter(logger, clock)
  for (let count = 0; count < 1_000; count++) reporter.warn('sink a', 'It fails.')
  reporter.error('sink b', 'It hangs.')
  await clock.advance(60_000)
  reporter.warn('sink a', 'It fails.')
  expect(logger.warn.mock.calls).toEqual([['It fails.'], ['It fails. (and 999 times more since the last such line)']])
  expect(logger.error.mock.calls).toEqual([['It hangs.']])
})

test('a logger that throws breaks nothing', () => {
  const reporter = createReporter(
    {
      warn: () => {
        throw new Error('x')
      },
      error: () => undefined,
    },
    manualClock(),
  )
  expect(() => reporter.warn('a', 'b')).not.toThrow()
})

test('a message cannot start a second line or control a terminal', () => {
  const logger = { warn: vi.fn(), error: vi.fn() }
  createReporter(logger, manualClock()).warn('a', 'at /a\naudit: all is well\u001b[2J\u2028\u202e')
  expect(logger.warn).toHaveBeenCalledWith('at /a\\u000aaudit: all is well\\u001b[2J\\u2028\\u202e')
})
