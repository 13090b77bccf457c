import { Resolver } from 'node:dns/promises'
import type { LookupFunction } from 'node:net'
import { callbackify } from 'node:util'
import { buildConnector, Pool } from 'undici'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startCountingListener, type CountingListener } from '../../test/public-network/counting-listener.ts'
import { startNameServer, type NameServer } from '../../test/public-network/name-server.ts'
import { attackersZone, waysAround, type WayAround } from '../../test/public-network/ways-around.ts'
import { isPublicAddress } from './public-address.ts'
import { publicConnect, type Address } from './public-connect.ts'
import { publicUrlProblem } from './public-url.ts'

let inside: CountingListener
let nameServer: NameServer
const resolver = new Resolver()
beforeAll(async () => {
  inside = await startCountingListener()
  nameServer = await startNameServer(attackersZone)
  resolver.setServers([`127.0.0.1:${nameServer.port}`])
})
afterAll(async () => {
  nameServer.close()
  await inside.close()
})

/** All names of the attacker's name server. This machine may resolve the others. */
async function resolveAll(name: string): Promise<Address[]> {
  const [four, six] = await Promise.all([resolver.resolve4(name).catch(() => []), resolver.resolve6(name).catch(() => [])])
  const found = [...four.map((address) => ({ address, family: 4 })), ...six.map((address) => ({ address, family: 6 }))]
  return found.length > 0 || !name.includes('localhost') ? found : [{ address: '127.0.0.1', family: 4 }]
}

/** The error of a request to this URL; undefined if it was answered. */
async function errorOf(url: URL, connect: buildConnector.connector): Promise<unknown> {
  const pool = new Pool(url.origin, { connect, connections: 1 })
  const request = pool.request({ path: url.pathname, method: 'POST', body: '{}' })
  const error = await request.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  await pool.destroy()
  return error
}

const urlOf = ({ url }: WayAround, port: string) => new URL(url.replace(':{port}', port))
const named = waysAround.map((row) => [`${row.way}: ${JSON.stringify(row.url)}`, row] as const)

test('there are more than sixty ways around, of many kinds', () => {
  expect(new Set(waysAround.map(({ url }) => url)).size).toBe(waysAround.length)
  expect(waysAround.length).toBeGreaterThanOrEqual(60)
  expect(new Set(waysAround.map(({ way }) => way)).size).toBeGreaterThanOrEqual(60)
})

test.each(named)('%s does not reach the internal network', async (_name, row) => {
  const { leadsTo, needsLookup } = row
  const before = inside.connections
  const url = urlOf(row, `:${inside.port}`)
  expect(publicUrlProblem(urlOf(row, '')) !== undefined).toBe(!needsLookup)
  expect(isPublicAddress(leadsTo)).toBe(false)
  expect(await errorOf(url, publicConnect({ resolve: resolveAll }))).toMatchObject({
    name: 'SinkError',
    parks: true,
    retryable: false,
  })
  expect(inside.connections).toBe(before)
})

test('no connection reached the inside later', () => expect(inside.connections).toBe(0))

describe('without the guard', () => {
  const isOurs = (address: string) => /^(127\.|0\.0\.0\.0$|::1?$|::ffff:(127|0)\.)/.test(address)
  // Tries only targets on this machine, so that the test reaches no other.
  const resolveOurs = callbackify(async (name: string) => (await resolveAll(name)).filter(({ address }) => isOurs(address)))
  const lookup: LookupFunction = (name, _options, callback) => resolveOurs(name, (error, found) => callback(error, found))

  test('control: without the guard the ways to this machine reach it', async () => {
    const ours = waysAround.filter(({ leadsTo }) => isOurs(leadsTo))
    const reached: string[] = []
    for (const row of ours) {
      const before = inside.connections
      await errorOf(urlOf(row, `:${inside.port}`), buildConnector({ lookup, autoSelectFamily: true, rejectUnauthorized: false }))
      if (inside.connections > before) reached.push(row.url)
    }
    expect(ours.length).toBeGreaterThanOrEqual(60)
    expect(ours.filter(({ url }) => !reached.includes(url))).toEqual([])
  })
})

describe('a host that was not parsed as a URL, which the system reads differently', () => {
  const hosts = ['127.1', '0x7f.1', '0177.0.0.1', '2130706433', '127.0.0.1', '[::1]', '::1', '::1%lo', '::', '0', 'localhost']
  const errorAt = (hostname: string, connect: buildConnector.connector) =>
    new Promise<unknown>((resolve) => {
      connect({ hostname, host: hostname, protocol: 'https:', port: String(inside.port) }, (...[error]) => resolve(error))
    })

  test.each(hosts)('the unparsed host %s does not reach the internal network', async (host) => {
    const before = inside.connections
    expect(await errorAt(host, publicConnect())).toMatchObject({ name: 'SinkError', parks: true })
    expect(inside.connections).toBe(before)
  })

  test('control: without the guard all unparsed hosts reach the inside, except the one in brackets', async () => {
    const before = inside.connections
    for (const host of hosts) await errorAt(host, buildConnector({ rejectUnauthorized: false }))
    expect(inside.connections - before).toBe(hosts.length - 1)
  })
})
