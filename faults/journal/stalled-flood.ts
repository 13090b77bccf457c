// F18. Two hundred thousand events a second, submitted to a journal whose disk does not answer.
//
//   node faults/journal/stalled-flood.ts [--quick] [--seed N] [--control unbounded]
import { join } from 'node:path'
import { runFaultRow } from '../harness/fault-row.ts'
import { isMeasured } from '../harness/pace.ts'
import { runProgram } from '../harness/run-program.ts'
import { countLost, expectBalance, readTrail } from '../harness/trail.ts'
import type { FloodReport } from './flood-process.ts'
import { stalledFlood } from './stalled-flood.row.ts'

const PROGRAM = new URL('flood-process.ts', import.meta.url)
/** On a busy machine, garbage is collected late. Without a limit, the queue takes more than twice as much. */
const RSS_GROWTH = (isMeasured ? 64 : 128) << 20
const PER_SECOND = 200_000
/** Garbage is not measured. */
const HEAP = ['--max-semi-space-size=4']

await runFaultRow({
  row: stalledFlood,
  async run(run) {
    const seconds = run.isQuick ? 3 : 20
    const path = join(run.directory, 'flood.ndjson')
    const given = { seconds, perSecond: PER_SECOND, directory: run.directory, path, control: run.control }
    const flood = await runProgram<FloodReport>(PROGRAM, [JSON.stringify(given)], run.progress, HEAP)
    const { stats, held, offeredWhileStalled, stalledMs } = flood
    // A write of a sink's offset may wait for the disk that does not answer.
    expectBalance(run, 'while it is stalled', { ...flood.statsWhileStalled, sinks: {} })
    expectBalance(run, 'afterwards', stats)
    const rate = offeredWhileStalled / (stalledMs / 1_000)
    run.expect(
      stats.submitted === held.journal + held.memory + held.lost,
      `${stats.submitted} submitted, answered: ${JSON.stringify(held)}`,
    )
    run.expect(stats.lost === held.lost, `${stats.lost} lost, but ${held.lost} callers were told so`)
    run.expect(stats.lost > 0, 'nothing was lost, so the disk was not stalled')
    const trail = await readTrail(path)
    run.expect(trail.ids.size === stats.recorded, `${stats.recorded} recorded, ${trail.ids.size} delivered`)
    run.expect(countLost(trail.facts) === stats.lost, `audit:lost says ${countLost(trail.facts)}, the counters ${stats.lost}`)
    run.expect(trail.disorder.length === 0, trail.disorder.slice(0, 3).join('; '))
    const growth = flood.peakRss - flood.baseRss
    run.expect(growth <= RSS_GROWTH, `RSS grew by ${mebibytes(growth)} MiB`)
    return `${stats.submitted} submitted (${Math.round(rate)}/s while stalled) = ${stats.recorded} recorded + ${stats.lost} lost, RSS ${mebibytes(flood.baseRss)} + ${mebibytes(growth)} MiB`
  },
})

function mebibytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20)
}
