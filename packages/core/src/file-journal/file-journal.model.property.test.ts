import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Violation } from '../../test/simulated-books.ts'
import { histories, type Command } from '../../test/simulated-commands.ts'
import { faultyErrnos, type Fault } from '../../test/simulated-faults.ts'
import { countFaults, runHistory } from '../../test/simulated-history.ts'

const isQuick = process.env['FAULT_HISTORIES'] === undefined
const HISTORIES = Number(process.env['FAULT_HISTORIES'] ?? 400)
const faults: readonly Fault[] = [...faultyErrnos, 'short']

test(
  'whatever fails in processes and on the disk, each acknowledged event is kept once, in order, and returned to every cursor',
  async () => {
    await fc.assert(
      fc.asyncProperty(histories, (history) => runHistory(history)),
      // Shrinking a failing history may take long.
      { numRuns: HISTORIES, interruptAfterTimeLimit: HISTORIES * 1_000, markInterruptAsFailure: true },
    )
  },
  HISTORIES * 1_100,
)

test.each([{ ignoreSync: true }, { ignoreSyncDirectory: true }, { ignoreFence: true }])(
  'the model test detects a journal with %o',
  async (control) => {
    const { errorInstance } = await fc.check(
      fc.asyncProperty(histories, (history) => runHistory(history, control)),
      {
        numRuns: 300,
        endOnFailure: true,
      },
    )
    expect(errorInstance).toBeInstanceOf(Violation)
  },
)

test('any single call of the disk may fail, in any way', async () => {
  const beginning = { interrupted: [], fault: null }
  const commands: readonly Command[] = [
    { do: 'append', sizes: [20, 900], isRetried: false, waits: true },
    { do: 'read', reader: 0, max: 1, share: 1, waits: true },
    { do: 'append', sizes: [3_000], isRetried: true, waits: false },
    { do: 'time', timers: 2 },
    { do: 'crash', writing: [40], turns: 8, beginning },
    { do: 'append', sizes: [20], isRetried: true, waits: true },
    { do: 'read', reader: 1, max: 3, share: 0.5, waits: true },
    { do: 'exit', writing: [10], turns: 2, beginning },
  ]
  let failed = 0
  for (const process of [0, 1]) {
    // Ends after ten numbers without a call: a process that is ending may leave out a few calls.
    for (let call = 0, calm = 0; calm < 10; call++) {
      for (const fault of isQuick ? [faults[call % faults.length]!] : faults) {
        const count = await countFaults({ seed: call, beginning, commands, nth: { process, call, fault } })
        calm = count === 0 ? calm + 1 : 0
        failed += count
      }
    }
  }
  expect(failed).toBeGreaterThan(100)
}, 600_000)
