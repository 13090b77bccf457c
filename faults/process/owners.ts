// F21. Who writes a log: two processes on one directory, cluster workers, owners that were stopped or gave their lock away, two
// services in one directory, and containers that come and go.
//
//   node faults/process/owners.ts [--quick] [--seed N] [--only stopped] [--control no-fence | memory]
import { readdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { runFaultRow, type FaultRun } from '../harness/fault-row.ts'
import { atPace } from '../harness/pace.ts'
import { ServiceProcess } from '../harness/service/service-process.ts'
import type { ServiceSettings } from '../harness/service/service-settings.ts'
import { expectBalance, expectDelivered, readTrail, type Trail } from '../harness/trail.ts'
import { waitUntil } from '../harness/wait-until.ts'
import { owners } from './owners.row.ts'

/** An orphaned log is adopted within this time. */
const ADOPTED_MS = atPace(60_000)

const cases: Readonly<Record<string, (run: FaultRun, directory: string) => Promise<string>>> = {
  two: twoProcesses,
  stopped: (run, directory) => lostOwner(run, directory, 'stopped'),
  lock: (run, directory) => lostOwner(run, directory, 'lock given away'),
  services: twoServices,
  workers: clusterWorkers,
  containers: manyContainers,
}

await runFaultRow({
  row: owners,
  parts: Object.keys(cases),
  async run(run) {
    const chosen = Object.entries(cases).filter(([name]) => run.only === undefined || run.only === name)
    const attempts = chosen.map(async ([name, attempt]) => {
      const observed = `${name}: ${await attempt(run, join(run.directory, name))}`
      run.progress(observed)
      return observed
    })
    const observed = await Promise.all(attempts)
    return observed.join('; ')
  },
})

function start(run: FaultRun, directory: string, changes: Partial<ServiceSettings> = {}): ServiceProcess {
  return new ServiceProcess({
    directory: join(directory, 'journal'),
    control: run.control,
    segmentBytes: 64 << 10,
    sinks: [{ name: 'books', path: join(directory, `books.${process.hrtime.bigint()}.ndjson`) }],
    ...changes,
  })
}

/** Contents of the logs of a directory, one per log, read from the oldest event after every other process has ended. */
async function readLogs(run: FaultRun, directory: string): Promise<Trail> {
  const logs = (await readdir(join(directory, 'journal')).catch(() => [])).filter((name) => !name.startsWith('.'))
  const readers = logs.map((_, index) => {
    const path = join(directory, `everything.${index}.ndjson`)
    return start(run, directory, { control: undefined, sinks: [{ name: 'everything', path, from: 'oldest' }] })
  })
  await Promise.all(readers.map((reader) => reader.ready()))
  await Promise.all(readers.map((reader) => reader.ask({ call: 'flush' })))
  await Promise.all(readers.map((reader) => reader.close()))
  return readSinks(readers)
}

function together(...services: readonly ServiceProcess[]): ReadonlyMap<number, string> {
  return new Map(
    services.flatMap(({ acknowledged }, index) => [...acknowledged].map(([n, id]) => [index * 1e9 + n, id] as const)),
  )
}

async function twoProcesses(run: FaultRun, directory: string): Promise<string> {
  const services = [start(run, directory), start(run, directory)]
  await Promise.all(services.map((service) => service.ready()))
  for (let round = 0; round < (run.isQuick ? 5 : 50); round++) await Promise.all(services.map((service) => service.record(200)))
  const sources = await Promise.all(services.map((service) => service.ask<string>({ call: 'source' })))
  // A stopped process has not ended.
  services[0]!.signal('SIGSTOP')
  const third = start(run, directory)
  await third.ready()
  sources.push(await third.ask<string>({ call: 'source' }))
  await third.close()
  services[0]!.signal('SIGCONT')
  run.expect(new Set(sources).size === 3, `three processes write ${sources}`)
  const acknowledged = together(...services)
  for (const service of services) expectBalance(run, 'two', await service.close())
  expectDelivered(run, 'two, to the sinks', acknowledged, await readSinks(services))
  const logs = await readLogs(run, directory)
  expectDelivered(run, 'two, in the logs', acknowledged, logs)
  return `${acknowledged.size} acknowledged in 2 logs, ${logs.ids.size} found`
}

/** While one owner sleeps, or does not know that it gave its lock away, another process takes its log. Then both continue. */
async function lostOwner(run: FaultRun, directory: string, how: 'stopped' | 'lock given away'): Promise<string> {
  const cycles = run.isQuick ? 2 : 20
  let acknowledgedAfter = 0
  let count = 0
  let takenOver = 0
  for (let cycle = 0; cycle < cycles; cycle++) {
    const place = join(directory, String(cycle))
    // Down, so that only the logs can have the events at the end.
    const sinks = [{ name: 'books', path: join(place, 'books.ndjson'), mode: 'down' } as const]
    const first = start(run, place, { sinks })
    await first.ready()
    await first.stream(20, 2)
    await sleep(100 + run.random() * 200)
    const source = await first.ask<string>({ call: 'source' })
    const name = (await readdir(join(place, 'journal'))).find((entry) => entry.startsWith('books-'))
    const lock = join(place, 'journal', name!, 'lock.db')
    if (how === 'stopped') {
      first.signal('SIGSTOP')
      await unlink(lock)
    } else {
      await first.ask({ call: 'read', path: lock })
    }
    const second = start(run, place, { sinks })
    await second.ready()
    if ((await second.ask<string>({ call: 'source' })) === source) takenOver++
    await second.stream(20, 2)
    await sleep(100 + run.random() * 200)
    const before = first.acknowledged.size
    if (how === 'stopped') first.signal('SIGCONT')
    await sleep(500)
    await Promise.all([first.ask({ call: 'pause' }), second.ask({ call: 'pause' })])
    acknowledgedAfter += first.acknowledged.size - before
    const acknowledged = together(first, second)
    count += acknowledged.size
    expectBalance(run, `${how} ${cycle}`, await first.stats())
    await Promise.all([first.kill(), second.kill()])
    expectDelivered(run, `${how}, cycle ${cycle}`, acknowledged, await readLogs(run, place))
    run.progress(`${how}: cycle ${cycle + 1} of ${cycles}`)
  }
  run.expect(takenOver === cycles, `${how}: the log was taken over in ${takenOver} of ${cycles} cycles only`)
  run.expect(acknowledgedAfter > 0, `${how}: the first owner never acknowledged anything again`)
  return `${cycles} logs taken over, ${count} acknowledged by both owners, ${acknowledgedAfter} of them by the first owner after the takeover`
}

async function twoServices(run: FaultRun, directory: string): Promise<string> {
  const settings = (service: string): Partial<ServiceSettings> => ({
    service,
    sinks: [{ name: 'books', path: join(directory, `${service}.ndjson`) }],
  })
  const [books, shop] = [start(run, directory, settings('books')), start(run, directory, settings('shop'))]
  await Promise.all([books.ready(), shop.ready()])
  await shop.ask({ call: 'mode', sink: 'books', mode: 'down' })
  await Promise.all([books.record(500), shop.record(500)])
  const ofShop = await shop.kill()
  // Longer than it takes to look for orphans: those of another service do not count.
  await sleep(17_000)
  const ofBooks = new Map(books.acknowledged)
  await books.close()
  const trail = await readTrail(join(directory, 'books.ndjson'))
  expectDelivered(run, 'the service that stayed', ofBooks, trail)
  const foreign = [...ofShop.values()].filter((id) => trail.ids.has(id)).length
  run.expect(foreign === 0, `${foreign} events of another service were delivered`)
  const again = start(run, directory, settings('shop'))
  await again.ready()
  await again.ask({ call: 'flush' })
  await again.close()
  expectDelivered(run, 'the service that came back', ofShop, await readTrail(join(directory, 'shop.ndjson')))
  return `${ofBooks.size} and ${ofShop.size} acknowledged, ${foreign} delivered by the other service`
}

async function clusterWorkers(run: FaultRun, directory: string): Promise<string> {
  const workers = Array.from({ length: 8 }, () => start(run, directory, {}))
  await Promise.all(workers.map((worker) => worker.ready()))
  const sources = await Promise.all(workers.map((worker) => worker.ask<string>({ call: 'source' })))
  run.expect(new Set(sources).size === 8, `8 workers write ${new Set(sources).size} logs`)
  await Promise.all(workers.map((worker) => worker.record(run.isQuick ? 200 : 2_000)))
  // Three end with undelivered events.
  const dying = workers.slice(0, 3)
  await Promise.all(dying.map((worker) => worker.ask({ call: 'mode', sink: 'books', mode: 'down' })))
  await Promise.all(dying.map((worker) => worker.record(200)))
  await Promise.all(dying.map((worker) => worker.kill()))
  const acknowledged = together(...workers)
  const isDelivered = async () => {
    const { ids } = await readSinks(workers)
    await sleep(200)
    return [...acknowledged.values()].every((id) => ids.has(id))
  }
  const tookMs = await waitUntil(isDelivered, ADOPTED_MS)
  run.expect(tookMs !== undefined, `workers: what three left behind was not taken up within ${ADOPTED_MS} ms`)
  for (const worker of workers.slice(3)) expectBalance(run, 'workers', await worker.close())
  expectDelivered(run, 'workers', acknowledged, await readSinks(workers))
  return `8 logs, ${acknowledged.size} acknowledged, the events of 3 ended workers delivered after ${Math.round((tookMs ?? 0) / 1_000)} s`
}

async function manyContainers(run: FaultRun, directory: string): Promise<string> {
  const count = run.isQuick ? 10 : 50
  const stays = start(run, directory)
  await stays.ready()
  const gone: ServiceProcess[] = []
  let next = 0
  const lives = Array.from({ length: 4 }, async () => {
    while (next++ < count) {
      const container = start(run, directory)
      await container.ready()
      if (run.random() < 0.5) await container.ask({ call: 'mode', sink: 'books', mode: 'down' })
      await container.record(50 + Math.floor(run.random() * 150))
      gone.push(container)
      if (run.random() < 0.3) await container.close(1_000)
      else await container.kill()
    }
  })
  await Promise.all(lives)
  await stays.record(10)
  const acknowledged = together(...gone, stays)
  const ended = performance.now()
  const isDelivered = async () => {
    const { ids } = await readSinks([...gone, stays])
    await sleep(200)
    return [...acknowledged.values()].every((id) => ids.has(id))
  }
  const tookMs = await waitUntil(isDelivered, ADOPTED_MS)
  run.expect(tookMs !== undefined, `containers: not everything was taken up within ${ADOPTED_MS} ms`)
  expectBalance(run, 'containers', await stays.close())
  expectDelivered(run, 'containers', acknowledged, await readSinks([...gone, stays]))
  const logs = (await readdir(join(directory, 'journal'))).filter((name) => name.startsWith('books-')).length
  return `${count} started and ended, ${acknowledged.size} acknowledged, all delivered ${Math.round((performance.now() - ended) / 1_000)} s after the last, ${logs} logs`
}

/** Each has its own file; a log that changed its owner continues in the file of another. */
async function readSinks(services: readonly ServiceProcess[]): Promise<Trail> {
  return readTrail(...services.map(({ settings }) => settings.sinks[0]!.path))
}
