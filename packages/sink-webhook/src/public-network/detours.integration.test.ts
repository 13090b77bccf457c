import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Agent, buildConnector, interceptors, Pool } from 'undici'
import { describe, expect, onTestFinished, test } from 'vitest'
import { testListener } from '../../test/public-network/counting-listener.ts'
import { NAME, PUBLIC, publicReceiver, type PublicReceiver } from '../../test/public-network/public-receiver.ts'
import { status } from '../../test/receiver.ts'
import { publicConnect } from './public-connect.ts'

// A receiver that is public itself, and redirects clients to private addresses.

const run = promisify(execFile)

function guardFor({ authority }: PublicReceiver): buildConnector.connector {
  return publicConnect({
    ca: authority.cert,
    isAllowed: (address) => address === PUBLIC,
    resolve: (name) => Promise.resolve([name === NAME ? { address: PUBLIC, family: 6 } : { address: '127.0.0.1', family: 4 }]),
  })
}

const places = (port: number) => [
  `https://127.0.0.1:${port}/`,
  `https://2130706433:${port}/`,
  `//localhost:${port}/`,
  `https://inside.attacker.test:${port}/`,
  `http://127.0.0.1:${port}/`,
]

describe.each([301, 302, 303, 307, 308])('a redirection %d', (code) => {
  test('a redirection is treated as an answer', async () => {
    const inside = await testListener()
    for (const location of places(inside.port)) {
      const receiver = await publicReceiver(status(code, { location, refresh: `0; url=${location}` }))
      const pool = new Pool(`https://${NAME}:${receiver.port}`, { connect: guardFor(receiver) })
      onTestFinished(() => pool.destroy())
      const { statusCode, body } = await pool.request({ path: '/', method: 'POST', body: '{}' })
      await body.dump()
      expect(statusCode).toBe(code)
    }
    expect(inside.connections).toBe(0)
  })

  test('the guard also checks a redirection that a client follows', async () => {
    const inside = await testListener()
    for (const location of places(inside.port)) {
      const receiver = await publicReceiver(status(code, { location }))
      expect(await follow(receiver, guardFor(receiver))).toMatchObject({ name: 'SinkError', parks: true })
    }
    expect(inside.connections).toBe(0)
  })

  test('control: without the guard the redirection reaches the inside', async () => {
    const inside = await testListener()
    for (const [index, location] of places(inside.port).entries()) {
      const receiver = await publicReceiver(status(code, { location }))
      const unguarded = buildConnector({
        ca: receiver.authority.cert,
        autoSelectFamily: true,
        lookup: (name, _options, callback) => {
          callback(null, [name === NAME ? { address: PUBLIC, family: 6 } : { address: '127.0.0.1', family: 4 }])
        },
      })
      await follow(receiver, unguarded)
      expect(inside.connections).toBe(index + 1)
    }
  })
})

/** Follows a redirection as a careless client does, with one connector for every connection. */
async function follow({ port }: PublicReceiver, connect: buildConnector.connector): Promise<unknown> {
  const agent = new Agent({ connect })
  const dispatcher = agent.compose(interceptors.redirect({ maxRedirections: 3 }))
  try {
    return await dispatcher.request({ origin: `https://${NAME}:${port}`, path: '/', method: 'POST', body: '{}' })
  } catch (error) {
    return error
  } finally {
    await agent.destroy()
  }
}

describe('a proxy that the environment names', () => {
  const variables = ['http_proxy', 'https_proxy', 'all_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY']

  async function postOnce(way: 'guard' | 'fetch', signal?: AbortSignal) {
    const proxy = await testListener()
    const { port, authority } = await publicReceiver(status(204))
    const directory = await mkdtemp(join(tmpdir(), 'audit-'))
    onTestFinished(() => rm(directory, { recursive: true }))
    await writeFile(join(directory, 'authority.pem'), authority.cert)
    const program = join(import.meta.dirname, '../../test/public-network/post-once.ts')
    const answer = run(process.execPath, [program, String(port), way], {
      signal,
      env: {
        ...process.env,
        ...Object.fromEntries(variables.map((name) => [name, `http://127.0.0.1:${proxy.port}`])),
        NO_PROXY: '',
        no_proxy: '',
        NODE_USE_ENV_PROXY: '1',
        NODE_EXTRA_CA_CERTS: join(directory, 'authority.pem'),
      },
    })
    return { proxy, answer }
  }

  test('the guard does not use a proxy of the environment', async () => {
    const { proxy, answer } = await postOnce('guard')
    expect((await answer).stdout).toBe('204')
    expect(proxy.connections).toBe(0)
  })

  test('control: fetch uses a proxy of the environment', async () => {
    const abort = new AbortController()
    const { proxy, answer } = await postOnce('fetch', abort.signal)
    // fetch retries a proxy that hangs up again and again, so it is stopped.
    const end = answer.catch((error: Error) => error)
    await expect.poll(() => proxy.connections).toBeGreaterThan(0)
    abort.abort()
    expect(await end).toMatchObject({ name: 'AbortError', stdout: '' })
  })
})
