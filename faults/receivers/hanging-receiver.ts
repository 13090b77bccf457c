// F12. Every receiver that keeps a sink waiting, all at once, together with a healthy one; and the same number of healthy receivers
// for comparison.
//
//   node faults/receivers/hanging-receiver.ts [--quick] [--seed N] [--control patient]
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeAuthority } from '../../packages/sink-webhook/test/certificates.ts'
import { generateWebhookSecret } from '../../packages/webhook-signature/dist/index.js'
import { runFaultRow, type FaultRun } from '../harness/fault-row.ts'
import { atPace, isMeasured } from '../harness/pace.ts'
import { ServiceProcess } from '../harness/service/service-process.ts'
import { expectBalance } from '../harness/trail.ts'
import { connectionsTo } from './connections-to.ts'
import { expectReceived } from './received.ts'
import { ReceiversProcess } from './receivers-process.ts'
import type { ReceiversReports, ReceiversSettings } from './receivers.ts'
import { hangingReceiver } from './hanging-receiver.row.ts'

/** The 15 s that a try may take, and the delay of a busy machine. */
const TRY_MS = isMeasured ? 15_000 : 19_000
const SOCKETS = 2
const TAKEN = 32 << 20
const RSS_GROWTH = 32 << 20
const SLOWER = 1.1
const LATER_MS = 5
const BURST = 4
const EVERY_MS = 20
const LOOK_MS = 250
const WELL = 'well'
const STOPPED = 'stopped'

type Receivers = ReceiversSettings['receivers']

const hostile: Receivers = [
  { name: 'silent', behaviour: 'silent' },
  { name: 'unread', behaviour: 'unread' },
  { name: 'unread-tls', behaviour: 'unread', isTls: true },
  { name: 'drip', behaviour: 'drip' },
  { name: 'endless-headers', behaviour: 'endless-headers' },
  { name: 'one-header', behaviour: 'one-header' },
  { name: 'endless-interim', behaviour: 'endless-interim' },
  { name: 'slow-interim', behaviour: 'slow-interim' },
  { name: 'endless-body', behaviour: 'endless-body' },
  { name: 'dripping-body', behaviour: 'dripping-body' },
  { name: 'gzip-bomb', behaviour: 'gzip-bomb' },
  { name: 'flaky', behaviour: 'flaky' },
  { name: 'hurried', behaviour: 'hurried' },
  { name: 'redirect', behaviour: 'redirect' },
  { name: 'plaintext', behaviour: 'plaintext', isTls: true },
  { name: 'old-tls', behaviour: 'old-tls', isTls: true },
  { name: 'closing', behaviour: 'closing' },
  { name: 'long-body', behaviour: 'long-body' },
  { name: 'short-body', behaviour: 'short-body' },
]

await runFaultRow({ row: hangingReceiver, run: besideHostileOnes })

async function besideHostileOnes(run: FaultRun): Promise<string> {
  const secret = generateWebhookSecret()
  const authority = makeAuthority()
  const settings = { secret, seed: run.seed, certificate: authority.issue('127.0.0.1') }
  const receive = (receivers: Receivers) => new ReceiversProcess({ ...settings, receivers })
  const soundOnes: Receivers = [...hostile, { name: STOPPED, isTls: false }].map(({ name, isTls = false }) => ({
    name,
    isTls,
    behaviour: 'well',
  }))
  const processes = {
    hostile: receive(hostile),
    stopped: receive([{ name: STOPPED, behaviour: 'well' }]),
    sound: receive(soundOnes),
    well: receive(['beside', 'alone'].map((name) => ({ name, behaviour: 'well' }))),
  }
  const { beside: besideUrl, alone: aloneUrl } = await processes.well.urls()
  const hostileUrls = { ...(await processes.hostile.urls()), ...(await processes.stopped.urls()) }
  const start = (name: string, urls: Readonly<Record<string, string>>) =>
    new ServiceProcess(
      {
        directory: join(run.directory, name),
        control: run.control,
        sinks: Object.entries(urls).map(([name, url]) => ({
          name,
          path: '',
          webhook: { url, secret, ...(url.startsWith('https:') && { ca: authority.cert }) },
          batchEvents: 100,
          maxRetryMs: 1_000,
        })),
      },
      { execArgv: ['--expose-gc', '--max-semi-space-size=2'] },
    )
  const beside = start('beside', { [WELL]: besideUrl!, ...hostileUrls })
  const alone = start('alone', { [WELL]: aloneUrl!, ...(await processes.sound.urls()) })
  processes.stopped.signal('SIGSTOP')
  await Promise.all([beside.ready(), alone.ready()])

  const sockets = await suffer(run, [beside, alone], hostileUrls)
  for (const name of Object.keys(hostileUrls)) {
    const durations = await beside.ask<readonly number[]>({ call: 'durations', sink: name })
    const slowest = Math.max(0, ...durations)
    sockets.slowest.set(name, slowest)
    run.expect(slowest <= TRY_MS, `'${name}': a try took ${Math.round(slowest)} ms`)
    run.expect(durations.length > 0, `'${name}' was not tried`)
  }
  // Without its deadlines, the control does not recover in time.
  if (run.control !== undefined) return `the slowest try took ${Math.round(Math.max(...sockets.slowest.values()))} ms`

  processes.stopped.signal('SIGCONT')
  await processes.hostile.mend()
  run.progress('they are well')
  await Promise.all([beside, alone].map((service) => service.ask({ call: 'flush', timeoutMs: atPace(60_000) })))
  const letters = (await beside.letters()).length
  run.expect(letters === 0, `${letters} dead letters`)
  for (const service of [beside, alone]) expectBalance(run, 'the counters', await service.close())
  const reports = { ...(await processes.hostile.report()), ...(await processes.stopped.report()) }
  const well = await processes.well.report()
  await Promise.all(Object.values(processes).map((each) => each.close()))

  expectReceived(run, WELL, beside.acknowledged, well['beside']!)
  expectReceived(run, `${WELL}, alone`, alone.acknowledged, well['alone']!)
  for (const [name, report] of Object.entries(reports)) {
    // Events in the buffers of a stopped process are that old.
    const problems = report.problems.filter((problem) => name !== STOPPED || !problem.endsWith('ms old'))
    expectReceived(run, `'${name}'`, beside.acknowledged, { ...report, problems })
    run.expect(report.mostTaken <= TAKEN, `'${name}': ${mebibytes(report.mostTaken)} MiB of an answer were taken`)
  }
  return observe(run, beside.acknowledged.size, reports, well, sockets)
}

interface Sufferance {
  readonly mostSockets: number
  readonly growth: number
  readonly seconds: number
  readonly slowest: Map<string, number>
}

/** Both record at the same pace while it lasts. */
async function suffer(
  run: FaultRun,
  services: readonly [ServiceProcess, ServiceProcess],
  urls: Readonly<Record<string, string>>,
): Promise<Sufferance> {
  const seconds = run.isQuick ? 22 : 60
  const memory = () => Promise.all(services.map((service) => service.ask<number>({ call: 'memory' })))
  const stream = () => Promise.all(services.map((service) => service.stream(BURST, EVERY_MS)))
  const pause = () => Promise.all(services.map((service) => service.ask({ call: 'pause' })))
  await stream()
  await sleep(2_000)
  const [before, beforeAlone] = await memory()
  const ports = Object.values(urls).map((url) => Number(new URL(url).port))
  let [mostSockets, most] = [0, before!]
  const until = performance.now() + seconds * 1_000
  for (let looks = 1; performance.now() < until; looks++) {
    mostSockets = Math.max(mostSockets, ...connectionsTo(ports))
    if (looks % 20 === 0) most = Math.max(most, (await memory())[0]!)
    await sleep(LOOK_MS)
  }
  await pause()
  const [after, afterAlone] = await memory()
  run.expect(mostSockets <= SOCKETS, `${mostSockets} sockets to one receiver`)
  // The memory of the running service itself is not their cost.
  const growth = Math.max(0, Math.max(most, after!) - before! - Math.max(0, afterAlone! - beforeAlone!))
  run.expect(run.control !== undefined || growth <= RSS_GROWTH, `RSS grew by ${mebibytes(growth)} MiB`)
  return { mostSockets, growth, seconds, slowest: new Map() }
}

function observe(
  run: FaultRun,
  acknowledged: number,
  reports: ReceiversReports,
  well: ReceiversReports,
  { mostSockets, growth, seconds, slowest }: Sufferance,
): string {
  const [p99, p99Alone] = [well['beside']!, well['alone']!].map(({ delays }) => windowsOf(delays)) as [number[], number[]]
  const [usual, usualAlone] = [percentile(p99, 0.5), percentile(p99Alone, 0.5)]
  // Two standard deviations of a coin: more windows above the limit are not chance.
  const windows = Math.min(p99.length, p99Alone.length)
  const late = p99.slice(0, windows).filter((ms, window) => ms > SLOWER * p99Alone[window]! + LATER_MS).length
  run.expect(
    !isMeasured || late <= windows / 2 + Math.sqrt(windows),
    `the healthy one gets its events later in ${late} of ${windows} seconds: after ${usual} ms (p99), and after ${usualAlone} ms next to healthy receivers`,
  )
  const [slow, slowestMs] = [...slowest].reduce((one, other) => (other[1] > one[1] ? other : one))
  const taken = Math.max(...Object.values(reports).map(({ mostTaken }) => mostTaken))
  const receivers = Object.keys(reports).length
  return `${receivers} receivers for ${seconds} s: the slowest try took ${(slowestMs / 1_000).toFixed(1)} s ('${slow}'), at most ${mostSockets} sockets to one, ${mebibytes(taken)} MiB of an answer, RSS +${mebibytes(growth)} MiB; ${acknowledged} events acknowledged and delivered to each in order, 0 dead letters; to the healthy one within ${usual} ms (p99, median of ${windows} windows of a second), and ${usualAlone} ms next to healthy receivers`
}

/** The p99 of each window of a second. Both services run in the same windows, so other work of the machine affects both equally. */
function windowsOf(delays: readonly number[]): number[] {
  const size = BURST * (1_000 / EVERY_MS)
  return Array.from({ length: Math.floor(delays.length / size) }, (_, window) =>
    percentile(delays.slice(window * size, (window + 1) * size), 0.99),
  )
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1)
}
