// F17. Five million undelivered events, a cold start, and the recovery.
//
//   node faults/sinks/backlog.ts [--quick] [--seed N] [--control memory | skip]
import { execFileSync } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { runFaultRow } from '../harness/fault-row.ts'
import { atPace } from '../harness/pace.ts'
import { runProgram } from '../harness/run-program.ts'
import type { BacklogReport } from './backlog-process.ts'
import { backlog } from './backlog.row.ts'

const PROGRAM = new URL('backlog-process.ts', import.meta.url)
const START_MS = 3_000
const RSS = 256 << 20

await runFaultRow({
  row: backlog,
  async run(run) {
    const count = run.isQuick ? 200_000 : 5_000_000
    const settings = (phase: 'write' | 'drain') =>
      JSON.stringify({ phase, count, directory: run.directory, control: run.control })
    const written = await runProgram<BacklogReport>(PROGRAM, [settings('write')], run.progress)
    run.progress(
      `${written.recorded} recorded in ${Math.round(written.ms / 1_000)} s, RSS at most ${mebibytes(written.peakRss)} MiB`,
    )
    await forgetPages(run.directory)
    const drained = await runProgram<BacklogReport>(PROGRAM, [settings('drain')], run.progress)

    run.expect(written.recorded === count, `${written.recorded} of ${count} recorded`)
    run.expect(drained.delivered === written.recorded, `${drained.delivered} of ${written.recorded} delivered, each counted once`)
    run.expect(drained.misplaced === 0, `${drained.misplaced} came out of order`)
    run.expect(drained.openMs <= atPace(START_MS), `ready() after ${Math.round(drained.openMs)} ms`)
    run.expect(drained.peakRss <= RSS, `RSS ${mebibytes(drained.peakRss)} MiB`)
    const perSecond = Math.round(drained.delivered / (drained.ms / 1_000))
    return `${drained.delivered} of ${count} delivered, cold start ${Math.round(drained.openMs)} ms, drained at ${perSecond} events/s, RSS at most ${mebibytes(drained.peakRss)} MiB (of the process that wrote it: ${mebibytes(written.peakRss)})`
  },
})

/** The pages of the log leave memory, so that the start is a cold one. */
async function forgetPages(directory: string): Promise<void> {
  for (const name of await readdir(directory, { recursive: true })) {
    if (name.endsWith('.ndjson')) execFileSync('dd', [`if=${join(directory, name)}`, 'iflag=nocache', 'count=0', 'status=none'])
  }
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20)
}
