// F16. A process that leaves while it records, delivers and waits: by a signal, by process.exit with a busy thread pool, by an
// error that nothing catches.
//
//   node faults/process/leaving-process.ts [--quick] [--seed N] [--only signal] [--control memory | no-last-write]
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runFaultRow, type FaultRun } from '../harness/fault-row.ts'
import { atPace } from '../harness/pace.ts'
import { ServiceProcess } from '../harness/service/service-process.ts'
import { expectDelivered, readTrail } from '../harness/trail.ts'
import { waitUntil } from '../harness/wait-until.ts'
import type { Leaving } from './leaver.ts'
import { leavingProcess } from './leaving-process.row.ts'

const LEAVER = new URL('leaver.ts', import.meta.url)
const CLOSE_MS = 5_000
/** Share of the entries pending at the exit that the log must have. */
const WRITTEN = 0.99

const ways: readonly Leaving[] = ['signal', 'signal-and-close', 'exit', 'uncaught']

await runFaultRow({
  row: leavingProcess,
  parts: ways,
  async run(run) {
    const observed: string[] = []
    for (const way of ways) {
      if (run.only !== undefined && run.only !== way) continue
      observed.push(await leaveOften(run, way))
      run.progress(observed.at(-1)!)
    }
    return observed.join('; ')
  },
})

async function leaveOften(run: FaultRun, way: Leaving): Promise<string> {
  const cycles = run.isQuick ? 3 : 40
  const total = { acknowledged: 0, pending: 0, written: 0, slowestMs: 0 }
  for (let cycle = 0; cycle < cycles; cycle++) {
    const seen = await leaveOnce(run, way, join(run.directory, `${way}-${cycle}`))
    total.acknowledged += seen.acknowledged
    total.pending += seen.pending
    total.written += seen.written
    total.slowestMs = Math.max(total.slowestMs, seen.leftMs)
    if (cycle % 10 === 9) run.progress(`${way}: ${cycle + 1} of ${cycles}`)
  }
  run.expect(total.pending > 0, `${way}: nothing was pending, so nothing was shown`)
  run.expect(total.written >= total.pending * WRITTEN, `${way}: ${total.written} of ${total.pending} pending entries written`)
  return `${way}: ${cycles} times, ${total.acknowledged} acknowledged, ${total.written} of ${total.pending} pending written, ended within ${Math.round(total.slowestMs)} ms`
}

async function leaveOnce(
  run: FaultRun,
  way: Leaving,
  directory: string,
): Promise<{ acknowledged: number; pending: number; written: number; leftMs: number }> {
  const path = join(directory, 'books.ndjson')
  const settings = { directory: join(directory, 'journal'), sinks: [{ name: 'books', path, batchEvents: 50 }] }
  const offeredPath = join(directory, 'offered')
  const leaver = new ServiceProcess(
    { ...settings, control: run.control },
    { program: LEAVER, environment: { LEAVING: way, OFFERED: offeredPath } },
  )
  const least = 500 + Math.floor(run.random() * 1_000)
  await waitUntil(() => leaver.acknowledged.size >= least, atPace(10_000))
  const acknowledged = new Map(leaver.acknowledged)
  const left = performance.now()
  if (way === 'exit' || way === 'uncaught') void leaver.ask({ call: 'pause' }).catch(() => undefined)
  else leaver.signal('SIGTERM')
  const ended = await leaver.exited
  const leftMs = performance.now() - left
  const expected = { signal: 'SIGTERM', 'signal-and-close': 0, exit: 3, uncaught: 1 }[way]
  run.expect(ended === expected, `${way}: ended with ${ended}, not ${expected}: ${leaver.stderr}`)
  run.expect(leftMs <= atPace(CLOSE_MS + 1_000), `${way}: gone after ${Math.round(leftMs)} ms`)
  run.expect(acknowledged.size >= least, `${way}: ${acknowledged.size} acknowledged`)

  const offered = (await readFile(offeredPath, 'utf8')).length
  const next = new ServiceProcess(settings)
  await next.ready()
  await next.ask({ call: 'flush' })
  await next.close()
  const trail = await readTrail(path)
  expectDelivered(run, way, acknowledged, trail)
  const misplaced = trail.numbers.findIndex((n, index) => index > 0 && n < trail.numbers[index - 1]!)
  run.expect(misplaced === -1, `${way}: entry ${trail.numbers[misplaced]} came after ${trail.numbers[misplaced - 1]}`)
  run.expect(new Set(trail.numbers).size === trail.numbers.length, `${way}: an entry is there under two ids`)
  const there = new Set(trail.numbers)
  // Entries that were acknowledged after the harness had looked count as pending here: they must be delivered, too.
  let [pending, written] = [0, 0]
  for (let n = 0; n < offered; n++) {
    if (acknowledged.has(n)) continue
    pending++
    if (there.has(n)) written++
  }
  return { acknowledged: acknowledged.size, pending, written, leftMs }
}
