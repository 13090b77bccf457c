// Runs random histories of the file journal on a simulated disk: appends, readers, faults, kills, power failures.
//
//   node faults/journal/histories.ts --histories 100000 --seed 1 [--workers 4] [--control no-sync | no-directory-sync | no-fence]
//   node faults/journal/histories.ts --replay '<a history as JSON>'
//
// Prints one line of JSON; ends with 1 if a promise did not hold, after the shortest history that breaks it. A control must fail.
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import fc from 'fast-check'
import { histories, type History } from '../../packages/core/test/simulated-commands.ts'
import { runHistory, type Control } from '../../packages/core/test/simulated-history.ts'
import { answer, defaultWorkers, inWorkers } from '../harness/in-workers.ts'

interface Found {
  readonly ran: number
  readonly failure?: { readonly history: History; readonly message: string }
}

const controls: Readonly<Record<string, Control>> = {
  'no-sync': { ignoreSync: true },
  'no-directory-sync': { ignoreSyncDirectory: true },
  'no-fence': { ignoreFence: true },
}
/** Histories of one seed of fast-check: few enough that a failure is soon found again. */
const ROUND = 500

const { values } = parseArgs({
  options: {
    histories: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    workers: { type: 'string', default: String(defaultWorkers) },
    control: { type: 'string' },
    replay: { type: 'string' },
    share: { type: 'string' },
  },
})
const count = Number(values.histories)
const seed = Number(values.seed)
const workers = Number(values.workers)
const control = values.control === undefined ? {} : controls[values.control]
if (!control) throw new Error(`There is no control '${values.control}'; there are ${Object.keys(controls).join(' and ')}.`)

if (values.replay !== undefined) await runHistory(JSON.parse(values.replay) as History, control)
else if (values.share !== undefined) answer(await search(Number(values.share), control))
else await searchInWorkers()

async function searchInWorkers(): Promise<void> {
  const started = performance.now()
  const shares = Array.from({ length: workers }, (_, index) => [...process.argv.slice(2), '--share', String(index)])
  const found = await inWorkers<Found>(fileURLToPath(import.meta.url), shares)
  const failure = found.find((share) => share.failure)?.failure
  const ran = found.reduce((sum, share) => sum + share.ran, 0)
  const report = {
    fault: 'F3',
    goal: `${count} histories: all that was acknowledged and given to a reader, once, in order; no exception`,
    observed: failure ? `a violation: ${failure.message}` : `${ran} histories, 0 violations`,
    seed,
    ms: Math.round(performance.now() - started),
    ...(values.control !== undefined && { control: values.control }),
    ...(failure && { history: failure.history }),
  }
  process.stdout.write(`${JSON.stringify(report)}\n`)
  process.exitCode = failure ? 1 : 0
}

/** Every round has its own seed, independent of the process that runs it. */
async function search(share: number, chosen: Control): Promise<Found> {
  const property = fc.asyncProperty(histories, (history) => runHistory(history, chosen))
  let ran = 0
  for (let round = share; round * ROUND < count; round += workers) {
    const numRuns = Math.min(ROUND, count - round * ROUND)
    const details = await fc.check(property, { seed: (seed * 1_000_003 + round) | 0, numRuns })
    ran += details.numRuns
    if (!details.failed) continue
    const message = details.errorInstance instanceof Error ? details.errorInstance.message : String(details.errorInstance)
    return { ran, failure: { history: details.counterexample![0], message } }
  }
  return { ran }
}
