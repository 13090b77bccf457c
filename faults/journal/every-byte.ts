// Cuts a log of 200 records at every byte, turns every single bit of it, and opens and reads what is left.
//
//   node faults/journal/every-byte.ts [--records 200] [--step 1] [--workers 4]
//
// Prints one line of JSON. Ends with 1 if a complete record was lost, or if a record was read that was never written.
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { checkCut, checkFlip, writeLog } from '../../packages/core/test/simulated-damage.ts'
import { answer, defaultWorkers, inWorkers } from '../harness/in-workers.ts'

interface Found {
  readonly cuts: number
  readonly flips: number
  readonly failures: readonly string[]
}

const MAX_FAILURES = 10

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '200' },
    step: { type: 'string', default: '1' },
    workers: { type: 'string', default: String(defaultWorkers) },
    share: { type: 'string' },
  },
})
const records = Number(values.records)
const step = Number(values.step)
const workers = Number(values.workers)

if (values.share === undefined) await tryInWorkers()
else answer(await tryAll(Number(values.share)))

async function tryInWorkers(): Promise<void> {
  const started = performance.now()
  const shares = Array.from({ length: workers }, (_, index) => [...process.argv.slice(2), '--share', String(index)])
  const found = await inWorkers<Found>(fileURLToPath(import.meta.url), shares)
  const sum = (of: 'cuts' | 'flips') => found.reduce((total, share) => total + share[of], 0)
  const failures = found.flatMap((share) => share.failures)
  const report = {
    fault: 'F4',
    goal: `a log of ${records} records, cut at every byte, every bit turned: no exception, no wrong record, none lost but the one that was hit`,
    observed: `${sum('cuts')} cuts, ${sum('flips')} flips, ${failures.length} violations`,
    // Nothing of it is left to chance.
    seed: 0,
    ms: Math.round(performance.now() - started),
    ...(failures.length > 0 && { failures: failures.slice(0, MAX_FAILURES) }),
  }
  process.stdout.write(`${JSON.stringify(report)}\n`)
  process.exitCode = failures.length > 0 ? 1 : 0
}

async function tryAll(share: number): Promise<Found> {
  const log = await writeLog(records)
  const failures: string[] = []
  let [cuts, flips, place] = [0, 0, 0]
  const attempt = async (what: string, task: () => Promise<void>): Promise<void> => {
    await task().catch((error: unknown) => failures.push(`${what}: ${error instanceof Error ? error.message : String(error)}`))
  }
  for (const [index, segment] of log.segments.entries()) {
    for (let byte = 0; byte < segment.bytes.length; byte += step) {
      if (place++ % workers !== share) continue
      cuts++
      await attempt(`segment ${index} cut at ${byte}`, () => checkCut(log, segment, byte))
      for (let bit = byte * 8; bit < byte * 8 + 8; bit++, flips++) {
        await attempt(`segment ${index} bit ${bit}`, () => checkFlip(log, segment, bit))
      }
    }
  }
  return { cuts, flips, failures }
}
