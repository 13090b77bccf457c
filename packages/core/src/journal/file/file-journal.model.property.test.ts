import fc from 'fast-check'
import { expect, test } from 'vitest'
import { histories } from '../../../test/simulated-commands.ts'
import { runHistory } from '../../../test/simulated-history.ts'

const HISTORIES = Number(process.env['FAULT_HISTORIES'] ?? 1_000)

test(
  'whatever happens to processes and disk, what was acknowledged is there once, in order, and given to every reader',
  async () => {
    await fc.assert(
      fc.asyncProperty(histories, (history) => runHistory(history)),
      { numRuns: HISTORIES, endOnFailure: false },
    )
  },
  HISTORIES * 100,
)

test.each([{ ignoreSync: true }, { ignoreSyncDirectory: true }, { ignoreFence: true }])(
  'a journal with %o is found out',
  async (control) => {
    const { failed } = await fc.check(
      fc.asyncProperty(histories, (history) => runHistory(history, control)),
      {
        numRuns: 300,
        endOnFailure: true,
      },
    )
    expect(failed).toBe(true)
  },
)
