// F23. URLs of webhooks by which a stranger tries to reach the internal network, in a separate network where every address
// leads to this machine: literals and names of every kind, redirections, proxies of the environment, a name that changes its mind.
//
//   node faults/receivers/private-network.ts [--quick] [--seed N] [--control any | check-first]
import { lookup } from 'node:dns/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { isIP } from 'node:net'
import { text } from 'node:stream/consumers'
import { createAudit, memoryJournal, SinkError, type AuditEvent, type Sink } from '../../packages/core/dist/index.js'
import type { Batch } from '../../packages/core/dist/sink/index.js'
import { webhookSink } from '../../packages/sink-webhook/dist/index.js'
import { isPublicAddress } from '../../packages/sink-webhook/src/public-network/public-address.ts'
import { publicUrlProblem } from '../../packages/sink-webhook/src/public-network/public-url.ts'
import { makeAuthority } from '../../packages/sink-webhook/test/certificates.ts'
import { startNameServer, type Zone } from '../../packages/sink-webhook/test/public-network/name-server.ts'
import { attackersZone, waysAround } from '../../packages/sink-webhook/test/public-network/ways-around.ts'
import { events, type Entry } from '../harness/entries.ts'
import { runFaultRow, type FaultRun } from '../harness/fault-row.ts'
import { atPace } from '../harness/pace.ts'
import { waitUntil } from '../harness/wait-until.ts'
import { listenEverywhere, PUBLIC, type Everywhere } from './everywhere.ts'
import { askOwnNameServer, inOwnNetwork } from './own-network.ts'
import { privateNetwork } from './private-network.row.ts'

const PROXY_PORT = 3128
for (const name of ['http_proxy', 'https_proxy', 'all_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY']) {
  process.env[name] = `http://127.0.0.1:${PROXY_PORT}`
}
// Node reads it when it starts: in the program that runs in the other network.
process.env['NODE_USE_ENV_PROXY'] = '1'
await inOwnNetwork()

/** Everything that a part of the row needs. */
interface Scene {
  readonly run: FaultRun
  readonly world: Everywhere
  readonly sinkFor: (url: string) => Sink
  /** Sets the answers for a name, one per question. */
  readonly zone: Record<string, readonly (readonly string[])[]>
  /** Numbers of the entries of each request that reached the receiver. */
  readonly asked: readonly (readonly number[])[]
}

await runFaultRow({
  row: privateNetwork,
  async run(run) {
    askOwnNameServer(run.directory)
    const zone: Record<string, Zone[string]> = { ...attackersZone, 'hooks.example.com': [PUBLIC] }
    await startNameServer(zone, 53)
    const authority = makeAuthority()
    const asked: number[][] = []
    const answer = async (request: IncomingMessage, response: ServerResponse) => {
      const { pathname, searchParams } = new URL(request.url!, 'https://hooks.example.com')
      const to = searchParams.get('to')
      asked.push((JSON.parse(await text(request)) as AuditEvent<Entry>[]).map(({ payload }) => payload.n))
      // Each request uses a new connection, so each is a new chance to redirect it.
      const headers = { connection: 'close', ...(to !== null && { location: to, refresh: `0; url=${to}` }) }
      response.writeHead(Number(pathname.slice(1)), headers).end()
    }
    const world = await listenEverywhere([443, PROXY_PORT], authority.issue('*.example.com'), (...given) => void answer(...given))
    const scene: Scene = { run, world, zone, asked, sinkFor: (url) => sinkUnder(run.control, url, authority.cert) }
    const batch = await someBatch()
    const said = [
      await ways(scene, batch),
      await detours(scene, batch),
      await changingName(scene, batch),
      // A sink without its safety step does not park, so a control must not wait for that.
      ...(run.control === undefined ? [await parkedAudit(scene)] : []),
    ]
    return `${said.join('; ')}; ${world.inside.length} connections to the internal network`
  },
})

/** The sink, or the sink without its safety step. `check-first`: the name is looked up, checked, and looked up again. */
function sinkUnder(control: string | undefined, url: string, ca: string): Sink {
  const options = { url, name: `webhook:${url}`, tls: { ca } }
  if (control === undefined) return webhookSink({ ...options, allow: 'public' })
  const sink = webhookSink(options)
  if (control === 'any') return sink
  const parsed = new URL(url)
  if (publicUrlProblem(parsed) !== undefined) throw new Error(publicUrlProblem(parsed))
  return {
    ...sink,
    async write(batch, given) {
      const found = isIP(parsed.hostname) ? [] : await lookup(parsed.hostname, { all: true })
      if (!found.every(({ address }) => isPublicAddress(address))) throw new SinkError('It is not public.', { parks: true })
      await sink.write(batch, given)
    },
  }
}

/** Outcome of a batch: stored, parked, or to be tried again. */
async function fateOf(sink: Sink, batch: Batch): Promise<string> {
  try {
    await sink.write(batch, { signal: AbortSignal.timeout(15_000) })
    return 'stored'
  } catch (error) {
    return SinkError.isInstance(error) && error.parks === true ? 'parked' : `retried: ${String(error)}`
  } finally {
    await sink.close?.()
  }
}

async function ways({ run, world, sinkFor }: Scene, batch: Batch): Promise<string> {
  const before = world.inside.length
  const leadInside: string[] = []
  let refused = 0
  let parked = 0
  for (const { url, needsLookup } of waysAround) {
    const arrived = world.inside.length
    const [sink, problem] = attempt(() => sinkFor(url.replace(':{port}', '')))
    if (sink) {
      const fate = await fateOf(sink, batch)
      if (fate === 'parked') parked++
      else run.expect(run.control !== undefined, `${JSON.stringify(url)} was ${fate}`)
    } else {
      refused++
      run.expect(
        run.control !== undefined || problem.startsWith('The options of webhookSink are wrong: url: '),
        `${JSON.stringify(url)}: ${problem}`,
      )
    }
    if (world.inside.length > arrived) leadInside.push(url)
    run.expect(
      run.control !== undefined || (sink !== undefined) === (needsLookup === true),
      `${JSON.stringify(url)}: not judged by its text`,
    )
  }
  run.expect(leadInside.length === 0, `${leadInside.length} of ${waysAround.length} ways reached the internal network`)
  run.progress(`${world.inside.length - before} connections by ${waysAround.length} ways`)
  return `${waysAround.length} ways: ${refused} refused by their text, ${parked} parked, ${leadInside.length} reached the internal network`
}

async function detours({ run, world, asked, sinkFor }: Scene, batch: Batch): Promise<string> {
  const before = { inside: world.inside.length, asked: asked.length }
  const fates: string[] = []
  for (const status of [200, 301, 302, 303, 307, 308]) {
    for (const to of [
      'https://127.0.0.1/',
      'https://169.254.169.254/latest',
      '//localhost/',
      'https://loopback.attacker.test/',
      'http://10.0.0.1/',
    ]) {
      fates.push(await fateOf(sinkFor(`https://hooks.example.com/${status}?to=${encodeURIComponent(to)}`), batch))
    }
  }
  const parked = fates.filter((fate) => fate === 'parked').length
  run.expect(
    parked === 25 && fates.length - parked === 5,
    `of 30 answers that lead elsewhere ${parked} parked: ${fates.join(', ')}`,
  )
  run.expect(
    asked.length - before.asked === fates.length,
    `the receiver was asked ${asked.length - before.asked} times, not ${fates.length}`,
  )
  run.expect(
    world.inside.length === before.inside,
    `${world.inside.length - before.inside} detours reached the internal network or a proxy`,
  )
  return `${fates.length} detours, ${world.inside.length - before.inside} reached the internal network`
}

/** A name with random answers. */
async function changingName({ run, world, zone, asked, sinkFor }: Scene, batch: Batch): Promise<string> {
  const count = run.isQuick ? 200 : 2_000
  const before = { inside: world.inside.length, asked: asked.length }
  const answers = [
    [PUBLIC[0]!],
    [PUBLIC[1]!],
    PUBLIC,
    ['127.0.0.1'],
    ['::1'],
    ['10.0.0.1'],
    [...PUBLIC, '169.254.169.254'],
    ['fd00:ec2::254', PUBLIC[0]!],
  ]
  zone['changing.example.com'] = Array.from({ length: count * 2 }, () => answers[Math.floor(run.random() * answers.length)]!)
  const fates = new Map<string, number>()
  for (let write = 0; write < count; write++) {
    const fate = await fateOf(sinkFor('https://changing.example.com/204'), batch)
    fates.set(fate, (fates.get(fate) ?? 0) + 1)
  }
  const { stored = 0, parked = 0, ...others } = Object.fromEntries(fates)
  const led = world.inside.length - before.inside
  run.expect(led === 0, `the name that changes reached the internal network ${led} times in ${count}`)
  run.expect(stored === asked.length - before.asked, `${stored} stored, but ${asked.length - before.asked} asked of the receiver`)
  run.expect(stored > count / 5 && parked > count / 5, `of ${count} only ${stored} were stored and ${parked} parked`)
  run.expect(Object.keys(others).length === 0, `others were ${JSON.stringify(others)}`)
  return `a name that changes: of ${count} tries ${stored} stored, ${parked} parked, ${led} reached the internal network`
}

/** A name that changes to an internal address while an audit delivers to it, and back. */
async function parkedAudit({ run, world, zone, asked, sinkFor }: Scene): Promise<string> {
  const count = 100
  const before = { inside: world.inside.length, asked: asked.length }
  const name = 'moving.example.com'
  zone[name] = [PUBLIC]
  const audit = createAudit({
    service: 'books',
    events,
    journal: memoryJournal(),
    sinks: [{ sink: sinkFor(`https://${name}/204`), batch: { maxEvents: 1 }, retry: { minDelayMs: 20, maxDelayMs: 200 } }],
    logger: { warn: () => {}, error: () => {} },
  })
  const sinkStats = () => Object.values(audit.stats().sinks)[0]!
  const record = async (from: number) => {
    for (let n = from; n < from + count; n++) await audit.record('entry:booked', { n })
  }
  const delivered = () =>
    asked
      .slice(before.asked)
      .flat()
      .filter((n) => n !== undefined)
  await record(0)
  await waitUntil(() => delivered().length === count, atPace(20_000))
  zone[name] = [['10.0.0.1'], ['::1'], [...PUBLIC, '127.0.0.1']]
  await record(count)
  const isParked = await waitUntil(() => sinkStats().state === 'parked', atPace(20_000))
  run.expect(isParked !== undefined, 'the sink was not parked')
  run.expect(delivered().length === count, `${delivered().length} delivered before the name came back`)
  zone[name] = [PUBLIC]
  await audit.flush({ timeoutMs: atPace(20_000) })
  const isWhole = delivered().length === 2 * count && delivered().every((n, index) => n === index)
  run.expect(isWhole, `of ${2 * count} entries ${delivered().length} were delivered, or not in order`)
  const { deadLettered } = sinkStats()
  run.expect(deadLettered === 0, `${deadLettered} dead letters`)
  const led = world.inside.length - before.inside
  run.expect(led === 0, `the name that moved reached the internal network ${led} times`)
  await audit.close()
  return `a name that moved inside and back: parked, ${delivered().length} of ${2 * count} delivered in order, ${deadLettered} dead letters, ${led} reached the internal network`
}

/** One event as a sink gets it. */
async function someBatch(): Promise<Batch> {
  let batch: Batch | undefined
  const audit = createAudit({
    service: 'books',
    events,
    journal: memoryJournal(),
    sinks: [{ name: 'keeping', write: async (given) => void (batch = given) }],
  })
  await audit.record('entry:booked', { n: 0 })
  await audit.close()
  return batch!
}

function attempt<T>(make: () => T): readonly [made: T | undefined, problem: string] {
  try {
    return [make(), '']
  } catch (error) {
    return [undefined, String((error as Error).message)]
  }
}
