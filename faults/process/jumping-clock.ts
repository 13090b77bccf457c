// F15. The clock on the wall jumps, years ahead and years back, under a process that records and tries again. Needs libfaketime
// (Debian: `apt-get install faketime`), which turns the clock of the process and leaves its monotonic one alone.
//
//   node faults/process/jumping-clock.ts [--quick] [--seed N] [--control wall-clock]
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runFaultRow, type FaultRun } from '../harness/fault-row.ts'
import { atPace } from '../harness/pace.ts'
import { ServiceProcess } from '../harness/service/service-process.ts'
import { expectBalance, expectDelivered, readTrail } from '../harness/trail.ts'
import { waitUntil } from '../harness/wait-until.ts'
import { jumpingClock } from './jumping-clock.row.ts'

const LIBRARIES = ['x86_64-linux-gnu', 'aarch64-linux-gnu'].map((machine) => `/usr/lib/${machine}/faketime/libfaketimeMT.so.1`)
const YEAR_S = 365 * 24 * 3_600
/** Differences from the true time, one after the other. */
const JUMPS_S = [10 * YEAR_S, -25 * YEAR_S, 0, -2, 3_600, -3_600]
/** A sink that is down is tried at least this often, in monotonic time. */
const RETRY_MS = 200
const RETRIED_MS = 1_500
const LATE_MS = atPace(1_000)

await runFaultRow({
  row: jumpingClock,
  async run(run) {
    const library = LIBRARIES.find((path) => existsSync(path))
    if (!library) throw new Error('There is no libfaketime: apt-get install faketime.')
    const jumps = Array.from({ length: run.isQuick ? 1 : 5 }, () => JUMPS_S).flat()
    return jump(run, library, jumps)
  },
})

async function jump(run: FaultRun, library: string, jumps: readonly number[]): Promise<string> {
  const timestamps = join(run.directory, 'faketime')
  const setClock = (offsetS: number) => writeFile(timestamps, `${offsetS < 0 ? '-' : '+'}${Math.abs(offsetS)}\n`)
  const path = join(run.directory, 'books.ndjson')
  const start = () =>
    new ServiceProcess(
      {
        directory: join(run.directory, 'journal'),
        sinks: [{ name: 'books', path, maxRetryMs: RETRY_MS }],
        usesWallClock: run.control === 'wall-clock',
        segmentBytes: 64 << 10,
      },
      {
        environment: {
          LD_PRELOAD: library,
          FAKETIME_TIMESTAMP_FILE: timestamps,
          FAKETIME_NO_CACHE: '1',
          FAKETIME_DONT_FAKE_MONOTONIC: '1',
        },
      },
    )
  await setClock(0)
  const acknowledged = new Map<number, string>()
  let [slowestRetryMs, slowestRecordMs, lives] = [0, 0, 0]
  let service = start()
  await service.ready()
  for (const [index, offsetS] of jumps.entries()) {
    const what = `jump ${index} to ${offsetS} s`
    await service.ask({ call: 'mode', sink: 'books', mode: 'down' })
    await service.record(50)
    const tries = (await service.ask<readonly number[]>({ call: 'tries', sink: 'books' })).length
    await setClock(offsetS)
    const off = (await service.ask<number>({ call: 'now' })) - Date.now()
    run.expect(Math.abs(off - offsetS * 1_000) < atPace(5_000), `${what}: the clock is ${off} ms off, so it was not turned`)
    const triesSince = async () => (await service.ask<readonly number[]>({ call: 'tries', sink: 'books' })).slice(tries)
    await waitUntil(async () => (await triesSince()).length >= 2, atPace(RETRIED_MS))
    const after = await triesSince()
    run.expect(after.length >= 2, `${what}: ${after.length} retries in ${atPace(RETRIED_MS)} ms`)
    // Without its safety step a sink may wait for years.
    if (run.control !== undefined && after.length < 2) return 'a sink that waits for the clock on the wall'
    // The wait is random up to the bound, and measured in monotonic time.
    for (let next = 1; next < after.length; next++) slowestRetryMs = Math.max(slowestRetryMs, after[next]! - after[next - 1]!)
    const began = performance.now()
    await service.record(50)
    slowestRecordMs = Math.max(slowestRecordMs, performance.now() - began)
    await service.ask({ call: 'mode', sink: 'books', mode: 'up' })
    const isDelivered = async () => (await service.stats()).sinks['books']!.pending === 0
    run.expect(
      (await waitUntil(isDelivered, atPace(5_000))) !== undefined,
      `${what}: not delivered in time after the sink was back`,
    )
    // Every other life ends at a time that another began in.
    if (index % 2 === 1) {
      for (const [n, id] of service.acknowledged) acknowledged.set(lives * 1e6 + n, id)
      expectIdsAscend(run, service)
      expectBalance(run, what, await service.close(atPace(5_000)))
      lives++
      service = start()
      await service.ready()
    }
    run.progress(what)
  }
  for (const [n, id] of service.acknowledged) acknowledged.set(lives * 1e6 + n, id)
  await service.close()
  run.expect(slowestRetryMs <= RETRY_MS + LATE_MS, `a retry came ${Math.round(slowestRetryMs)} ms after the one before it`)
  run.expect(slowestRecordMs <= LATE_MS, `record() took ${Math.round(slowestRecordMs)} ms`)
  expectDelivered(run, 'jumps', acknowledged, await readTrail(path))
  return `${jumps.length} jumps, ${lives + 1} lives, ${acknowledged.size} acknowledged and delivered in order, retries at most ${Math.round(slowestRetryMs)} ms apart, record() at most ${Math.round(slowestRecordMs)} ms`
}

/** Within a process ids ascend, even if the clock jumps. */
function expectIdsAscend(run: FaultRun, service: ServiceProcess): void {
  const ids = [...service.acknowledged].toSorted(([one], [other]) => one - other).map(([, id]) => id)
  const misplaced = ids.findIndex((id, index) => index > 0 && id <= ids[index - 1]!)
  run.expect(misplaced === -1, `id ${ids[misplaced]} came after ${ids[misplaced - 1]}`)
}
