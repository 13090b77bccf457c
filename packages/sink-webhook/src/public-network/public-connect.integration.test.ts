import { once } from 'node:events'
import { Resolver } from 'node:dns/promises'
import { createServer, connect as connectTcp, type LookupFunction, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { callbackify } from 'node:util'
import { buildConnector, Pool } from 'undici'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { testListener } from '../../test/public-network/counting-listener.ts'
import { startNameServer, type Zone } from '../../test/public-network/name-server.ts'
import { NAME, PUBLIC, publicReceiver } from '../../test/public-network/public-receiver.ts'
import { status } from '../../test/receiver.ts'
import { isPublicAddress } from './public-address.ts'
import { publicConnect, type Address, type PublicConnectOptions, type Resolve } from './public-connect.ts'

const isAllowed = (address: string) => address === PUBLIC || isPublicAddress(address)
const leadsTo = (...addresses: readonly string[]): readonly Address[] =>
  addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
const resolveTo = (...addresses: readonly string[]) => vi.fn<Resolve>(() => Promise.resolve(leadsTo(...addresses)))

function poolFor(port: number, options: PublicConnectOptions | buildConnector.connector): Pool {
  const connect = typeof options === 'function' ? options : publicConnect({ isAllowed, ...options })
  const pool = new Pool(`https://${NAME}:${port}`, { connect, connections: 1 })
  onTestFinished(() => pool.destroy())
  return pool
}

function deferred<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve!: (value: T) => void
  const promise = new Promise<T>((fulfil) => (resolve = fulfil))
  return { promise, resolve }
}

/** The status of the answer, or the error. */
async function post(pool: Pool): Promise<unknown> {
  try {
    const { statusCode, body } = await pool.request({ path: '/secret-path', method: 'POST', body: '{}' })
    await body.dump()
    return statusCode
  } catch (error) {
    return error
  }
}

/** Asks a name server of the test, as the system's resolver would. */
async function resolverFor(zone: Zone): Promise<{ resolve: Resolve; questions: readonly string[] }> {
  const server = await startNameServer(zone)
  onTestFinished(() => server.close())
  const resolver = new Resolver()
  resolver.setServers([`127.0.0.1:${server.port}`])
  const resolve: Resolve = async (name) => {
    const [four, six] = await Promise.all([resolver.resolve4(name).catch(() => []), resolver.resolve6(name).catch(() => [])])
    return leadsTo(...four, ...six)
  }
  return { resolve, questions: server.questions }
}

describe('a public receiver', () => {
  test('a public receiver is reached by name, and its connection is kept', async () => {
    const { port, authority, names } = await publicReceiver(status(204))
    const resolve = resolveTo(PUBLIC)
    const pool = poolFor(port, { resolve, ca: authority.cert })
    expect([await post(pool), await post(pool), await post(pool)]).toEqual([204, 204, 204])
    expect(names).toEqual([NAME, NAME, NAME])
    expect(resolve).toHaveBeenCalledExactlyOnceWith(NAME)
  })

  test('a public receiver is reached at any of its addresses', async () => {
    const { port, authority } = await publicReceiver(status(204))
    const resolve = resolveTo('127.0.0.1', PUBLIC)
    expect(await post(poolFor(port, { resolve, isAllowed: () => true, ca: authority.cert }))).toBe(204)
  })

  test('a receiver whose certificate is untrusted or for another name is refused', async () => {
    const receiver = await publicReceiver(status(204))
    expect(await post(poolFor(receiver.port, { resolve: resolveTo(PUBLIC) }))).toMatchObject({
      code: expect.stringMatching(/CERT|VERIFY/),
    })
    const connect = publicConnect({ isAllowed, resolve: resolveTo(PUBLIC), ca: receiver.authority.cert })
    const pool = new Pool(`https://other.example.com:${receiver.port}`, { connect })
    onTestFinished(() => pool.destroy())
    expect(await post(pool)).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
    expect(receiver.names).toEqual([])
  })

  test('a public address where nothing listens is an error that may be retried', async () => {
    const { port, close } = await testListener({ host: PUBLIC, port: 0 })
    await close()
    expect(await post(poolFor(port, { resolve: resolveTo(PUBLIC) }))).toMatchObject({ code: 'ECONNREFUSED' })
  })
})

describe('a name that leads to a public address first and a private one later', () => {
  const zone: Zone = { [NAME]: [[PUBLIC], ['127.0.0.1'], [PUBLIC, '127.0.0.1'], [PUBLIC]] }

  test('a name is refused only while it leads to a private address', async () => {
    // The receiver ends each connection, so that each request needs a new one.
    const { port, authority, names } = await publicReceiver(status(204, { connection: 'close' }))
    const inside = await testListener({ host: '127.0.0.1', port })
    const { resolve, questions } = await resolverFor(zone)
    const pool = poolFor(port, { resolve, ca: authority.cert })
    const refused = { name: 'SinkError', parks: true }
    expect(await post(pool)).toBe(204)
    expect(await post(pool)).toMatchObject(refused)
    expect(await post(pool)).toMatchObject(refused)
    expect(await post(pool)).toBe(204)
    expect(questions.length).toBe(8)
    expect(names.length).toBe(2)
    expect(inside.connections).toBe(0)
  })

  test('control: a check before a second lookup lets a rebinding name in', async () => {
    const { port } = await publicReceiver(status(204))
    const inside = await testListener({ host: '127.0.0.1', port })
    const { resolve } = await resolverFor(zone)
    expect((await resolve(NAME)).every(({ address }) => isAllowed(address))).toBe(true)
    const resolveAgain = callbackify(async (name: string) => [...(await resolve(name))])
    const lookup: LookupFunction = (name, _options, callback) => resolveAgain(name, (failure, found) => callback(failure, found))
    await post(poolFor(port, buildConnector({ lookup, autoSelectFamily: true })))
    expect(inside.connections).toBe(1)
  })
})

describe('a refusal', () => {
  test('a refusal names the host, and neither the path nor the address', async () => {
    const error = (await post(poolFor(8443, { resolve: resolveTo('10.1.2.3') }))) as Error
    expect(error).toMatchObject({ name: 'SinkError', parks: true, retryable: false, cause: { message: 'It leads to 10.1.2.3.' } })
    expect(error.message).toBe(
      `${NAME} leads to an address that is not public. With allow: 'public' nothing is sent there; check the url and its DNS.`,
    )
  })

  test('a connection that reaches a private address after all ends before the first byte', async () => {
    const inside = await testListener()
    const answers = [true, false]
    const error = await post(poolFor(inside.port, { resolve: resolveTo(PUBLIC), isAllowed: () => answers.shift()! }))
    expect(error).toMatchObject({ name: 'SinkError', parks: true })
    await expect.poll(() => inside.connections).toBe(1)
    expect(inside.bytes).toBe(0)
    await post(poolFor(inside.port, { resolve: resolveTo(PUBLIC), isAllowed: () => true }))
    await expect.poll(() => inside.bytes).toBeGreaterThan(0)
  })

  test('a protocol other than https is refused', async () => {
    const inside = await testListener()
    const connect = publicConnect({ resolve: resolveTo(PUBLIC), isAllowed: () => true })
    const pool = new Pool(`http://${NAME}:${inside.port}`, { connect })
    onTestFinished(() => pool.destroy())
    expect(await post(pool)).toMatchObject({ name: 'SinkError', parks: true })
    expect(inside.connections).toBe(0)
  })

  test('a socket path in the options or from the caller is not used', async () => {
    const path =
      process.platform === 'win32' ? String.raw`\\.\pipe\audit-guard` : join(tmpdir(), `audit-guard-${process.pid}.sock`)
    const inside = await testListener({ path })
    const { port, authority } = await publicReceiver(status(204))
    const given = { socketPath: path, path, host: '127.0.0.1', lookup: () => expect.fail('asked'), ca: authority.cert }
    expect(await post(poolFor(port, { ...given, resolve: resolveTo(PUBLIC) } as PublicConnectOptions))).toBe(204)
    const httpSocket = connectTcp(path)
    await once(httpSocket, 'connect')
    const connect = publicConnect({ isAllowed, resolve: resolveTo(PUBLIC), ca: authority.cert })
    const opened = await new Promise<Socket>((resolve, reject) => {
      const target = { hostname: NAME, host: NAME, protocol: 'https:', port: String(port), httpSocket }
      connect(target, (...[failure, socket]) => (socket ? resolve(socket) : reject(failure)))
    })
    expect(opened.remoteAddress).toBe(PUBLIC)
    opened.destroy()
    httpSocket.destroy()
    expect(inside).toMatchObject({ connections: 1, bytes: 0 })
  })
})

describe('a resolver', () => {
  test('the error of a failing resolver is passed on', async () => {
    const failure = Object.assign(new Error('nothing known'), { code: 'EAI_AGAIN' })
    expect(await post(poolFor(8443, { resolve: () => Promise.reject(failure) }))).toBe(failure)
    expect(await post(poolFor(8443, { resolve: resolveTo() }))).toMatchObject({ code: 'ENOTFOUND' })
    expect(await post(poolFor(8443, { resolve: resolveTo('no address') }))).toMatchObject({ parks: true })
  })

  test('a resolver that hangs ends with the timeout, and its late answer opens no connection', async () => {
    const inside = await testListener({ host: PUBLIC, port: 0 })
    const answer = deferred<readonly Address[]>()
    const pool = poolFor(inside.port, { resolve: () => answer.promise, timeout: 50 })
    expect(await post(pool)).toMatchObject({ code: 'UND_ERR_CONNECT_TIMEOUT' })
    answer.resolve(leadsTo(PUBLIC))
    await pool.destroy()
    expect(await post(poolFor(inside.port, { resolve: resolveTo(PUBLIC) }))).toBeInstanceOf(Error)
    expect(inside.connections).toBe(1)
  })
})

describe('a signal', () => {
  test('an abort ends a connection in progress, and none is opened after it', async () => {
    const inside = await testListener({ host: PUBLIC, port: 0 })
    const answer = deferred<readonly Address[]>()
    const end = new AbortController()
    const resolve = vi.fn<Resolve>(() => answer.promise)
    const outcome = post(poolFor(inside.port, { resolve, signal: end.signal }))
    await expect.poll(() => resolve).toHaveBeenCalled()
    const reason = new Error('enough')
    end.abort(reason)
    expect(await outcome).toBe(reason)
    answer.resolve(leadsTo(PUBLIC))
    expect(await post(poolFor(inside.port, { resolve: resolveTo(PUBLIC), signal: end.signal }))).toBe(reason)
    expect(inside.connections).toBe(0)
  })

  test('an abort ends an open connection', async () => {
    const receiver = await publicReceiver(() => end.abort())
    const end = new AbortController()
    const pool = poolFor(receiver.port, { resolve: resolveTo(PUBLIC), ca: receiver.authority.cert, signal: end.signal })
    expect(await post(pool)).toBeInstanceOf(Error)
    expect(receiver.connections).toBe(1)
  })
})

test('a receiver that accepts and never speaks TLS ends with the timeout, and its connection is closed', async () => {
  const closed = deferred<void>()
  const server = createServer((socket) =>
    socket
      .resume()
      .on('error', () => {})
      .on('close', closed.resolve),
  )
  server.listen(0, PUBLIC)
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as { port: number }
  const error = await post(poolFor(port, { resolve: resolveTo(PUBLIC), timeout: 200 }))
  expect(error).toMatchObject({ code: 'UND_ERR_CONNECT_TIMEOUT', message: `No connection to ${NAME} within 200 ms` })
  await closed.promise
})
