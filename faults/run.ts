// Tries every fault that has a row, and shows that each harness notices a missing safety step.
//
//   npm run test:faults [-- --only F1,F2] [--quick] [--seed N]
//
// Runs for minutes, and writes the results to faults/results.json and docs/reliability.md. With --quick it is a
// short tier that writes nothing. A row that this machine cannot try is skipped, which is a failure in CI. Ends with 1 if a promise
// did not hold, or if a harness without its safety step did not notice.
import { parseArgs } from 'node:util'
import type { Row } from './harness/row.ts'
import { machine, missingNeeds } from './harness/machine.ts'
import { runRow, type RowResult } from './harness/run-row.ts'
import { saveResult } from './harness/save-result.ts'
import { rows } from './rows.ts'

const USAGE = `npm run test:faults -- [--only ${rows.map(({ row }) => row).join(',')}] [--quick] [--seed N]`
/** The gate uses the same seed everywhere; the full tier uses a new one each time. */
const QUICK_SEED = 1

const options = readOptions()
const results: RowResult[] = []
const skipped: string[] = []
for (const row of options.chosen) {
  const missing = missingNeeds(row.needs)
  if (missing.length > 0) {
    skipped.push(row.row)
    say(`\n!!! ${row.row} SKIPPED: this machine lacks ${missing.join(', ')}\n`)
    continue
  }
  say(`\n${row.row}: ${row.fault}`)
  const result = await runRow(row, { isQuick: options.isQuick, seed: options.seed, say })
  results.push(result)
  say(`${row.row} ${result.passed ? 'holds' : 'DOES NOT HOLD'} after ${Math.round(result.ms / 1_000)} s: ${result.observed}`)
  if (!result.passed) for (const violation of result.violations ?? []) say(`  - ${violation}`)
  if (!options.isQuick) await saveResult(rows, result)
}

const failed = results.filter(({ passed, controls }) => !passed || controls.some(({ isNoticed }) => !isNoticed))
say(`\n${results.length} rows tried on ${machine()}, ${failed.length} failed, ${skipped.length} skipped`)
const isSkippingWrong = skipped.length > 0 && process.env['CI'] === 'true'
if (isSkippingWrong) say(`Skipping is a failure here: ${skipped.join(', ')}`)
process.exitCode = failed.length > 0 || isSkippingWrong ? 1 : 0

function readOptions(): { readonly chosen: readonly Row[]; readonly isQuick: boolean; readonly seed: number } {
  try {
    const { values } = parseArgs({
      options: {
        only: { type: 'string' },
        quick: { type: 'boolean', default: false },
        seed: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    })
    if (values.help) {
      process.stdout.write(`${USAGE}\n\n${rows.map(({ row, fault, goal }) => `${row}  ${fault}\n    ${goal}\n`).join('')}`)
      process.exit()
    }
    const names = values.only?.split(',').map((name) => name.trim().toUpperCase())
    const unknown = names?.filter((name) => !rows.some(({ row }) => row.toUpperCase() === name)) ?? []
    if (unknown.length > 0) throw new Error(`--only: there is no row ${unknown.join(', ')}`)
    const seed = values.seed === undefined ? (values.quick ? QUICK_SEED : Math.ceil(Math.random() * 1e9)) : Number(values.seed)
    if (!Number.isSafeInteger(seed) || seed < 1) throw new Error(`--seed: '${values.seed}' is not a whole number above 0`)
    return { chosen: rows.filter(({ row }) => names?.includes(row.toUpperCase()) ?? true), isQuick: values.quick, seed }
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`)
    process.exit(2)
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
