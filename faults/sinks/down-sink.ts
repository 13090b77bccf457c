// F10. A sink that is down for 60,000 events; one that falls behind what it may; one that is taken out of the configuration; one
// whose offset in the journal was deleted.
//
//   node faults/sinks/down-sink.ts [--quick] [--seed N] [--only down] [--control memory]
import { readdir, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { runFaultRow, tryCases, type FaultRun } from '../harness/fault-row.ts'
import { atPace, isMeasured } from '../harness/pace.ts'
import { ServiceProcess } from '../harness/service/service-process.ts'
import type { ServiceSettings, SinkSettings } from '../harness/service/service-settings.ts'
import { countLost, countLostEarlier, expectBalance, expectDelivered, readTrail } from '../harness/trail.ts'
import { waitUntil } from '../harness/wait-until.ts'
import { downSink } from './down-sink.row.ts'

const RSS_GROWTH = 32 << 20
const SLOWER = 1.25
/** Turns in a round: short, so that other work of the machine affects both services equally. */
const SLICES = 20
const TEXT = 'x'.repeat(200)

const cases: Readonly<Record<string, (run: FaultRun, directory: string) => Promise<string>>> = {
  down: downForLong,
  lag: beyondItsLag,
  removed: removedFromConfiguration,
  offset: offsetDeleted,
}

await runFaultRow({
  row: downSink,
  parts: Object.keys(cases),
  run: (run) => tryCases(run, cases),
})

function start(
  run: FaultRun,
  directory: string,
  sinks: readonly Partial<SinkSettings>[],
  changes: Partial<ServiceSettings> = {},
) {
  return new ServiceProcess(
    {
      directory: join(directory, 'journal'),
      control: run.control,
      sinks: sinks.map((sink) => ({ name: 'well', path: join(directory, `${sink.name ?? 'well'}.ndjson`), ...sink })),
      ...changes,
    },
    // Garbage on the heap is not measured.
    { execArgv: ['--expose-gc', '--max-semi-space-size=2'] },
  )
}

/**
 * Two services at once, each with a healthy sink; one also has a sink that is down. They take turns, so that the disk and the
 * machine are the same for both. The ratio compares their rounds in pairs.
 */
async function downForLong(run: FaultRun, directory: string): Promise<string> {
  const rounds = run.isQuick ? 15 : 60
  const perRound = 1_000
  const sick = start(run, join(directory, 'sick'), [{}, { name: 'sick', mode: 'down' }])
  const other = start(run, join(directory, 'other'), [{}])
  await Promise.all([sick.ready(), other.ready()])
  // The warm-up of the engine is not a cost of the sink.
  for (const service of [sick, other]) await service.latencies(5 * perRound)
  const memory = (service: ServiceProcess) => service.ask<number>({ call: 'memory' })
  const [before, beforeOther] = [await memory(sick), await memory(other)]
  let most = before
  const ratios: number[] = []
  for (let round = 0; round < rounds; round++) {
    const took = new Map<ServiceProcess, number[]>([
      [sick, []],
      [other, []],
    ])
    for (let slice = 0; slice < SLICES; slice++) {
      const services = slice % 2 === 0 ? [sick, other] : [other, sick]
      for (const service of services) took.get(service)!.push(...(await service.latencies(perRound / SLICES)))
    }
    ratios.push(percentile(took.get(sick)!, 0.99) / percentile(took.get(other)!, 0.99))
    if (round % 10 === 9) most = Math.max(most, await memory(sick))
    if (round % 15 === 14) run.progress(`${(round + 1) * perRound} events while it is down`)
  }
  const ratio = percentile(ratios, 0.5)
  const wellDelivered = (await sick.stats()).sinks['well']!
  run.expect(wellDelivered.pending <= perRound, `the other sink lags by ${wellDelivered.pending}`)
  await sick.ask({ call: 'mode', sink: 'sick', mode: 'up' })
  const backAt = performance.now()
  await sick.ask({ call: 'flush', timeoutMs: atPace(120_000) })
  const drainedMs = performance.now() - backAt
  most = Math.max(most, await memory(sick))
  // The memory of the running service itself is not a cost of the sink.
  const ownGrowth = Math.max(0, (await memory(other)) - beforeOther)
  const acknowledged = new Map(sick.acknowledged)
  const stats = await sick.close()
  await other.close()
  expectBalance(run, 'down', stats)
  for (const { name, path } of sick.settings.sinks) expectDelivered(run, `down, '${name}'`, acknowledged, await readTrail(path))
  const growth = most - before - ownGrowth
  run.expect(growth <= RSS_GROWTH, `RSS grew by ${mebibytes(growth)} MiB`)
  // Two standard deviations of a coin: more rounds above the limit are not chance.
  const slower = ratios.filter((each) => each > SLOWER).length
  run.expect(
    !isMeasured || slower <= rounds / 2 + Math.sqrt(rounds),
    `p99 of record() is more than ${SLOWER}× of what it is without the sink that is down in ${slower} of ${rounds} rounds, ${ratio.toFixed(2)}× in the median`,
  )
  return `${acknowledged.size} acknowledged and delivered to both, drained in ${Math.round(drainedMs)} ms, RSS +${mebibytes(growth)} MiB (and +${mebibytes(ownGrowth)} without it), p99 ratio ${ratio.toFixed(2)} (median of ${rounds} pairs)`
}

async function beyondItsLag(run: FaultRun, directory: string): Promise<string> {
  const count = run.isQuick ? 10_000 : 60_000
  const service = start(run, directory, [{}, { name: 'late', mode: 'down', maxLagBytes: 1 << 20 }], { segmentBytes: 64 << 10 })
  await service.ready()
  for (let recorded = 0; recorded < count; recorded += 500) await service.record(500, TEXT)
  // Events are skipped within the second, and the loss is recorded before others can notice it.
  const isLost = async () => (await service.stats()).sinks['late']!.lost > 0
  run.expect((await waitUntil(isLost, atPace(10_000))) !== undefined, 'lag: no event was skipped')
  await waitUntil(
    async () => (await readTrail(join(directory, 'well.ndjson'))).facts.some(({ action }) => action === 'lost'),
    atPace(10_000),
  )
  await service.ask({ call: 'mode', sink: 'late', mode: 'up' })
  await service.ask({ call: 'flush' })
  const acknowledged = new Map(service.acknowledged)
  const stats = await service.close()
  expectBalance(run, 'lag', stats)
  const [well, late] = [await readTrail(join(directory, 'well.ndjson')), await readTrail(join(directory, 'late.ndjson'))]
  expectDelivered(run, 'lag, the other sink', acknowledged, well)
  const missing = acknowledged.size - late.ids.size
  const told = countLost(well.facts, 'late')
  const toldItself = countLost(late.facts, 'late') + countLostEarlier(late.facts, 'late')
  run.expect(told === missing, `lag: audit:lost says ${told}, ${missing} are missing`)
  run.expect(toldItself === told, `lag: the sink itself was told of ${toldItself} of ${told}`)
  run.expect(missing > 0 && missing < acknowledged.size, `lag: ${missing} of ${acknowledged.size} skipped`)
  return `${missing} of ${acknowledged.size} skipped, audit:lost says ${told}`
}

async function removedFromConfiguration(run: FaultRun, directory: string): Promise<string> {
  const bounds = { segmentBytes: 64 << 10, maxBytes: 2 << 20 }
  let service = start(run, directory, [{}, { name: 'gone', mode: 'down', onLag: 'hold' }], bounds)
  await service.ready()
  await service.record(1_000, TEXT)
  const acknowledged = new Map(service.acknowledged)
  await service.close(2_000)
  service = start(run, directory, [{}], bounds)
  await service.ready()
  const { detached } = (await service.health()).journal
  run.expect(detached?.includes('gone') === true, `removed: health() names ${detached} as detached`)
  const count = run.isQuick ? 10_000 : 60_000
  let most = 0
  for (let recorded = 0; recorded < count; recorded += 500) {
    await service.record(500, TEXT)
    most = Math.max(most, await bytesIn(join(directory, 'journal')))
  }
  await service.ask({ call: 'flush' })
  for (const [n, id] of service.acknowledged) acknowledged.set(1e6 + n, id)
  const stats = await service.close()
  expectBalance(run, 'removed', stats)
  expectDelivered(run, 'removed, the other sink', acknowledged, await readTrail(join(directory, 'well.ndjson')))
  const cap = bounds.maxBytes + 2 * bounds.segmentBytes + (512 << 10)
  run.expect(most <= cap, `removed: the journal grew to ${mebibytes(most)} MiB of ${mebibytes(bounds.maxBytes)}`)
  run.expect(stats.lost === 0, `removed: ${stats.lost} lost`)
  return `${acknowledged.size} delivered, the journal at most ${mebibytes(most)} MiB (cap ${mebibytes(bounds.maxBytes)})`
}

async function offsetDeleted(run: FaultRun, directory: string): Promise<string> {
  const count = run.isQuick ? 5_000 : 60_000
  let service = start(run, directory, [{ mode: 'up' }, { name: 'slow', mode: 'up' }])
  await service.ready()
  for (let recorded = 0; recorded < count / 2; recorded += 500) await service.record(500, TEXT)
  await service.ask({ call: 'flush' })
  await service.ask({ call: 'mode', sink: 'slow', mode: 'down' })
  for (let recorded = 0; recorded < count / 2; recorded += 500) await service.record(500, TEXT)
  const acknowledged = await service.kill()
  if (run.control !== 'memory') {
    const journal = join(directory, 'journal')
    const name = (await readdir(journal)).find((entry) => entry.startsWith('books-'))
    await unlink(join(journal, name!, 'offsets.ndjson'))
  }
  // A new sink begins now; a sink whose offset is gone begins at the oldest event.
  service = start(run, directory, [{ from: 'now' }, { name: 'slow', from: 'now' }])
  await service.ready()
  await service.ask({ call: 'flush' })
  expectBalance(run, 'offset', await service.close())
  const slow = await readTrail(join(directory, 'slow.ndjson'))
  expectDelivered(run, 'offset', acknowledged, await readTrail(join(directory, 'well.ndjson')))
  expectDelivered(run, 'offset, the sink that was down', acknowledged, slow)
  return `${acknowledged.size} acknowledged and delivered, ${slow.duplicates} of them twice`
}

async function bytesIn(directory: string): Promise<number> {
  const names = await readdir(directory, { recursive: true })
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(directory, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1)
}
