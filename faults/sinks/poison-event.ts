// F14. One event of a hundred that a sink never accepts, and a sink that refuses ten thousand events before it accepts.
//
//   node faults/sinks/poison-event.ts [--quick] [--seed N] [--control memory-letters]
import { join } from 'node:path'
import { runFaultRow, type FaultRun } from '../harness/fault-row.ts'
import { atPace } from '../harness/pace.ts'
import { ServiceProcess } from '../harness/service/service-process.ts'
import type { SinkSettings } from '../harness/service/service-settings.ts'
import { expectBalance, expectDelivered, readTrail } from '../harness/trail.ts'
import { waitUntil } from '../harness/wait-until.ts'
import { poisonEvent } from './poison-event.row.ts'

await runFaultRow({
  row: poisonEvent,
  async run(run) {
    const poisoned = await onePoison(run)
    const refused = await refuseAll(run)
    return `${poisoned}; ${refused}`
  },
})

async function onePoison(run: FaultRun): Promise<string> {
  const restarts = run.isQuick ? 4 : 100
  const path = join(run.directory, 'picky.ndjson')
  const start = (sink: Partial<SinkSettings>) =>
    new ServiceProcess({
      directory: join(run.directory, 'poison'),
      sinks: [{ name: 'picky', path, batchEvents: 101, ...sink }],
      forgetsLetters: run.control === 'memory-letters',
    })
  const place = Math.floor(run.random() * 100)
  let service = start({ mode: 'down' })
  await service.ready()
  // They are sent in one batch, with `audit:opened`.
  await Promise.all([
    service.ask({ call: 'record', from: 0, count: place }),
    service.ask({ call: 'record', from: -1, count: 1 }),
    service.ask({ call: 'record', from: place, count: 99 - place }),
  ])
  await service.ask({ call: 'mode', sink: 'picky', mode: 'picky' })
  const isLettered = async () => (await service.stats()).sinks['picky']!.deadLettered === 1
  run.expect((await waitUntil(isLettered, atPace(20_000))) !== undefined, 'the poison event was no dead letter in time')
  await service.ask({ call: 'flush' })
  const acknowledged = new Map([...service.acknowledged].filter(([n]) => n >= 0))
  let trail = await readTrail(path)
  expectDelivered(run, 'the 99', acknowledged, trail)
  run.expect(trail.ids.size === 99, `${trail.ids.size} of 99 delivered`)
  run.expect(trail.duplicates === 0, `${trail.duplicates} delivered twice`)

  let survived = 0
  for (let restart = 0; restart < restarts; restart++) {
    if (run.random() < 0.5) await service.kill()
    else await service.close()
    service = start({ mode: 'picky' })
    await service.ready()
    const letters = await service.letters()
    if (letters.length === 1 && (JSON.parse(letters[0]!.line) as { payload: { n: number } }).payload.n === -1) survived++
    if (restart % 20 === 19) run.progress(`${restart + 1} restarts`)
  }
  run.expect(survived === restarts, `the dead letter was kept after ${survived} of ${restarts} restarts`)
  await service.ask({ call: 'mode', sink: 'picky', mode: 'up' })
  const replayed = await service.replay('picky')
  run.expect((await service.letters()).length === 0, 'the dead letter is still one after its replay')
  expectBalance(run, 'poison', await service.close())
  trail = await readTrail(path)
  run.expect(trail.numbers.filter((n) => n === -1).length === 1, `the replayed event is not in the sink's file`)
  return `99 delivered, the dead letter kept after ${survived} of ${restarts} restarts, replayed ${JSON.stringify(replayed)}`
}

async function refuseAll(run: FaultRun): Promise<string> {
  const count = run.isQuick ? 2_000 : 10_000
  const path = join(run.directory, 'refusing.ndjson')
  const service = new ServiceProcess({
    directory: join(run.directory, 'refusal'),
    sinks: [{ name: 'refusing', path, mode: 'refusing' }],
  })
  await service.ready()
  for (let recorded = 0; recorded < count; recorded += 500) await service.record(500)
  const isParked = async () => (await service.stats()).sinks['refusing']!.state === 'parked'
  run.expect((await waitUntil(isParked, atPace(10_000))) !== undefined, 'a sink that refuses everything was not parked')
  run.progress(`${count} refused`)
  await service.ask({ call: 'mode', sink: 'refusing', mode: 'up' })
  await service.ask({ call: 'flush', timeoutMs: atPace(60_000) })
  const { length } = await service.letters()
  run.expect(length === 0, `${length} dead letters of a sink that refused everything`)
  const acknowledged = new Map(service.acknowledged)
  run.expect(acknowledged.size === count, `${acknowledged.size} of ${count} acknowledged`)
  expectBalance(run, 'refusal', await service.close())
  const trail = await readTrail(path)
  expectDelivered(run, 'refusal', acknowledged, trail)
  return `${trail.ids.size} of ${count} delivered after all were refused, ${length} dead letters`
}
