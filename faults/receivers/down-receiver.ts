// F10b. A webhook's receiver that is down for 60,000 events, and one that knows only another secret for 10,000.
//
//   node faults/receivers/down-receiver.ts [--quick] [--seed N] [--only down] [--control deaf | memory]
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { generateWebhookSecret } from '../../packages/webhook-signature/dist/index.js'
import { runFaultRow, tryCases, type FaultRun } from '../harness/fault-row.ts'
import { atPace } from '../harness/pace.ts'
import { ServiceProcess } from '../harness/service/service-process.ts'
import type { WebhookSettings } from '../harness/service/service-settings.ts'
import { expectBalance } from '../harness/trail.ts'
import { waitUntil } from '../harness/wait-until.ts'
import { HostileReceiver } from './hostile-receiver.ts'
import { expectReceived } from './received.ts'
import { downReceiver } from './down-receiver.row.ts'

const GROWTH = 32 << 20
const TEXT = 'x'.repeat(200)
const BURST = 500
const BATCH = 100
/** Number of events before memory is measured, so that the start of the engine and the connection does not count. */
const WARM_UP = 5_000
const DRAIN_MS = 120_000
const LOOK_MS = 200
const PARKED_MS = 2_000
const MAX_RETRY_MS = 500

const cases: Readonly<Record<string, (run: FaultRun, directory: string) => Promise<string>>> = {
  down: downForLong,
  rotated: secretRotated,
}

await runFaultRow({
  row: downReceiver,
  parts: Object.keys(cases),
  run: (run) => tryCases(run, cases),
})

function start(run: FaultRun, directory: string, url: string, secret: WebhookSettings['secret']): ServiceProcess {
  const hook = { name: 'hook', path: '', webhook: { url, secret }, batchEvents: BATCH, maxRetryMs: MAX_RETRY_MS }
  return new ServiceProcess(
    { directory: join(directory, 'journal'), control: run.control, sinks: [hook] },
    // Garbage on the heap is not measured.
    { execArgv: ['--expose-gc', '--max-semi-space-size=2'] },
  )
}

async function record(service: ServiceProcess, count: number): Promise<void> {
  for (let recorded = 0; recorded < count; recorded += BURST) await service.record(BURST, TEXT)
}

/** Compared with a service whose receiver stays healthy, because the memory of recording itself is not measured. */
async function downForLong(run: FaultRun, directory: string): Promise<string> {
  const count = run.isQuick ? 10_000 : 60_000
  const secret = generateWebhookSecret()
  const [receiver, wellReceiver] = [new HostileReceiver({ secret }), new HostileReceiver({ secret })]
  await Promise.all([receiver.start(), wellReceiver.start()])
  const service = start(run, join(directory, 'down'), receiver.url, secret)
  const well = start(run, join(directory, 'well'), wellReceiver.url, secret)
  const services = [service, well]
  await Promise.all(services.map((each) => each.ready()))
  for (const each of services) {
    await record(each, WARM_UP)
    await each.ask({ call: 'flush' })
  }
  await receiver.stop()
  const [before, wellBefore] = [await memory(service), await memory(well)]
  const [heldBefore, triesBefore] = [await held(service), await triesOf(service)]
  await Promise.all(services.map((each) => record(each, count)))
  const { pending, state } = (await service.stats()).sinks['hook']!
  run.expect(run.control !== undefined || pending >= count, `down: only ${pending} of ${count} wait, the sink is ${state}`)
  const tries = (await triesOf(service)) - triesBefore
  const [grown, wellGrown] = [(await memory(service)) - before, (await memory(well)) - wellBefore]
  let most = await held(service)
  run.progress(`${count} events while it is down`)
  await receiver.start()
  const backAt = performance.now()
  while ((await service.stats()).sinks['hook']!.pending > 0 && performance.now() - backAt < atPace(DRAIN_MS)) {
    most = Math.max(most, await held(service))
    await sleep(LOOK_MS)
  }
  await service
    .ask({ call: 'flush', timeoutMs: atPace(DRAIN_MS) })
    .catch(() => run.expect(false, 'down: not delivered in two minutes'))
  const drainedMs = performance.now() - backAt
  const growth = Math.max(most, await held(service)) - heldBefore
  run.expect(growth <= GROWTH, `down: ${mebibytes(growth)} MiB more were held`)
  run.expect(
    grown - Math.max(0, wellGrown) <= GROWTH,
    `down: RSS grew by ${mebibytes(grown)} MiB, and by ${mebibytes(wellGrown)}`,
  )
  const letters = (await service.letters()).length
  run.expect(letters === 0, `down: ${letters} dead letters`)
  for (const each of services) expectBalance(run, 'down', await each.close())
  await Promise.all([receiver.stop(), wellReceiver.stop()])
  expectReceived(run, 'down', service.acknowledged, receiver.report())
  expectReceived(run, 'down, the other', well.acknowledged, wellReceiver.report())
  return `${service.acknowledged.size} acknowledged and delivered in order, ${count} of them while it was down, with ${tries} tries in that time, drained in ${Math.round(drainedMs)} ms, at most ${mebibytes(growth)} MiB more held (RSS +${mebibytes(grown)}, and +${mebibytes(wellGrown)} with a healthy receiver), ${letters} dead letters`
}

async function secretRotated(run: FaultRun, directory: string): Promise<string> {
  const count = run.isQuick ? 2_000 : 10_000
  const [old, next] = [generateWebhookSecret(), generateWebhookSecret()]
  const receiver = new HostileReceiver({ secret: old, behaviour: 'careful' })
  await receiver.start()
  let service = start(run, directory, receiver.url, old)
  await service.ready()
  await record(service, 2 * BURST)
  await service.ask({ call: 'flush' })
  receiver.ledger.secret = next
  const { requests: before } = receiver.ledger
  const rotatedAt = performance.now()
  await record(service, count)
  const isParked = async () => (await service.stats()).sinks['hook']!.state === 'parked'
  run.expect((await waitUntil(isParked, atPace(10_000))) !== undefined, 'rotated: a sink with the wrong secret was not parked')
  const error = (await service.health()).sinks['hook']?.lastError ?? ''
  run.expect(/401.*secret/.test(error), `rotated: health() says '${error}'`)
  await sleep(PARKED_MS)
  const asked = receiver.ledger.requests - before
  // A probe waits for at least half of the longest delay, except for the first ones, whose delays are still short.
  const mostAsked = 2 * (8 + (performance.now() - rotatedAt) / (MAX_RETRY_MS / 2))
  run.expect(asked <= mostAsked, `rotated: ${asked} requests while it is parked`)
  run.expect(!isLeaky(service.stderr, [old, next]), 'rotated: a secret was written to stderr')
  const parkedLetters = (await service.letters()).length
  const acknowledged = new Map(service.acknowledged)
  await service.close(2_000)
  run.progress(`${count} events with the wrong secret, ${asked} requests`)

  service = start(run, directory, receiver.url, [next, old])
  await service.ready()
  await service.record(BURST, TEXT)
  await service
    .ask({ call: 'flush', timeoutMs: atPace(60_000) })
    .catch(() => run.expect(false, 'rotated: not delivered within 60 s'))
  const letters = parkedLetters + (await service.letters()).length
  for (const [n, id] of service.acknowledged) acknowledged.set(1e6 + n, id)
  expectBalance(run, 'rotated', await service.close())
  await receiver.stop()
  const report = receiver.report()
  const unsigned = report.problems.filter((problem) => !problem.includes('not signed'))
  expectReceived(run, 'rotated', acknowledged, { ...report, problems: unsigned })
  run.expect(letters === 0, `rotated: ${letters} dead letters`)
  return `${acknowledged.size} acknowledged and delivered in order, parked for ${count} of them with ${asked} requests in that time, ${letters} dead letters`
}

/** Memory in use after a garbage collection. */
function held(service: ServiceProcess): Promise<number> {
  return service.ask({ call: 'held' })
}

function memory(service: ServiceProcess): Promise<number> {
  return service.ask({ call: 'memory' })
}

async function triesOf(service: ServiceProcess): Promise<number> {
  return (await service.ask<readonly number[]>({ call: 'tries', sink: 'hook' })).length
}

function isLeaky(text: string, secrets: readonly string[]): boolean {
  return secrets.some((secret) => text.includes(secret.slice('whsec_'.length)))
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1)
}
