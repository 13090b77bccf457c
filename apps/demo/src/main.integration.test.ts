import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { AuditEvent } from '@audit/core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { fliptFlag } from './tour.ts'

const dist = fileURLToPath(new URL('../dist/', import.meta.url))

/** The console output of each example configuration. */
const expectedOutput: Readonly<Record<string, RegExp>> = {
  stdout: /^\{"version":"1.0","type":"flag","action":"created",.*"sequence":\d+\}$/m,
  file: /36 events went to the sinks of file\.yaml/,
  sqlite: /36 events went to the sinks of sqlite\.yaml/,
  webhook: /^receiver {2}\/audit {2}signature is right {2}\d+ events$/m,
  messages: /dashboard was not allowed: flag deleted$[^]*^receiver {2}\/chat {2}unsigned {2}bootstrap deleted flag flipt$/m,
  'file-and-webhook': /^receiver {2}\/audit {2}signature is right {2}\d+ events$/m,
  flipt: /^receiver {2}\/flipt {2}Flipt's signature is right {2}one event$/m,
}
const examples = ['@audit/config', '@audit/flipt'].map(
  (name) => new URL('examples/', import.meta.resolve(`${name}/package.json`)),
)

let folder = ''
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'demo-'))))
afterAll(() => rm(folder, { recursive: true }))

function start(...args: readonly string[]) {
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

async function run(...args: readonly string[]) {
  const child = start(...args)
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { stdout, stderr, code: code as number }
}

async function eventsOf(path: string): Promise<AuditEvent[]> {
  const content = await readFile(path, 'utf8')
  return content
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as AuditEvent)
}

describe('--once', () => {
  test('--once writes one line per audited request, as expected', async () => {
    const path = join(folder, 'once.log')
    const { stdout, stderr, code } = await run(join(dist, 'main.js'), '--once', '--file', path)
    expect({ stderr: stderr.replaceAll(/^audit: .*\n/gm, ''), code }).toEqual({ stderr: '', code: 0 })
    const [, audited] = /requests, (\d+) of them audited/.exec(stdout) ?? []
    const events = (await eventsOf(path)).filter((event) => event.type !== 'audit')
    expect(events).toHaveLength(Number(audited))
    expect(new Set(events.map((event) => event.metadata.request!.id))).toHaveProperty('size', events.length)
    const done = new Set(events.filter((event) => event.status === 'success').map(({ type, action }) => `${type}:${action}`))
    expect(done).toHaveProperty('size', 27)
    expect(Object.keys(events[0]!).slice(0, 6)).toEqual(['version', 'type', 'action', 'metadata', 'payload', 'timestamp'])
    expect(events[0]).toMatchObject({ metadata: { actor: { authentication: 'token', ip: '127.0.0.1' } } })
    expect(JSON.stringify(events[0]!.payload)).toBe(JSON.stringify(fliptFlag))
    expect(stdout).toMatch(/denied +flag:deleted +flipt +by dashboard/)
    expect(stdout).not.toContain('\u001b')
  })

  test('--once can append to the same file a second time', async () => {
    const path = join(folder, 'once.log')
    expect((await run(join(dist, 'main.js'), '--once', '--file', path)).code).toBe(0)
  })

  test("--once in Flipt's format writes only Flipt's members", async () => {
    const path = join(folder, 'flipt.log')
    const { code } = await run(join(dist, 'main.js'), '--once', '--format', 'flipt', '--file', path)
    expect(code).toBe(0)
    for (const event of await eventsOf(path)) {
      expect(Object.keys(event)).toEqual(['version', 'type', 'action', 'status', 'metadata', 'payload', 'timestamp'])
      expect(event).toMatchObject({ version: '0.2', status: expect.stringMatching(/^(success|denied)$/) })
    }
  })

  test.each([
    ['a missing event', "('GET /namespaces', '200 namespace:read success')", 'missing: namespace:read success'],
    ['an unexpected event', "('POST /namespaces', '201', { key: 'x', name: 'x' })", 'unexpected: namespace:created success'],
    ['an unexpected answer', "('GET /namespaces', '404')", 'GET /namespaces was answered with 200 instead of 404'],
  ])('--once reports %s', async (_, extra, problem) => {
    const script = `
      import { fileTrail } from ${JSON.stringify(join(dist, 'file-trail.js'))}
      import { playOnce } from ${JSON.stringify(join(dist, 'play-once.js'))}
      import { tour } from ${JSON.stringify(join(dist, 'tour.js'))}
      const play = async (tourist, token) => { await tour(tourist, token); await tourist.as(token)${extra} }
      const trail = await fileTrail({ path: ${JSON.stringify(join(folder, `${crypto.randomUUID()}.log`))} })
      const problems = await playOnce({ trail, port: 0, play })
      console.error(problems.join('\\n'))
      process.exitCode = problems.length === 1 ? 1 : 99`
    const { stderr, code } = await run('--input-type=module', '--eval', script)
    expect({ stderr, code }).toEqual({ stderr: expect.stringContaining(problem), code: 1 })
  })

  test('every example configuration has an expected output', () => {
    const names = examples.flatMap((folder) => readdirSync(folder)).map((file) => file.replace(/\.ya?ml$/, ''))
    expect(names.toSorted()).toEqual(Object.keys(expectedOutput).toSorted())
  })

  test.each(Object.keys(expectedOutput))('--once passes with the configuration %s', async (config) => {
    const { stdout, stderr, code } = await run(join(dist, 'main.js'), '--once', '--config', config)
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
    expect(stdout).toMatch(expectedOutput[config]!)
  })

  test('--once reports the place and key of a configuration error', async () => {
    const path = join(folder, 'wrong.yaml')
    await writeFile(path, 'sinks:\n  webhook: { url: http://127.0.0.1:1, secrte: x }\n')
    const { stderr, code } = await run(join(dist, 'main.js'), '--once', '--config', path)
    expect({ stderr, code }).toEqual({ stderr: expect.stringMatching(/wrong\.yaml:2:\d+.*secrte.*secret/), code: 1 })
  })

  test('--once fails before the tour if a configured path cannot be written', async () => {
    const path = join(folder, 'unwritable.yaml')
    await writeFile(path, 'sinks:\n  file: { path: /proc/no/such.log }\n')
    const { stdout, stderr, code } = await run(join(dist, 'main.js'), '--once', '--config', path)
    expect({ stderr, code }).toEqual({ stderr: expect.stringMatching(/Sink 'file' cannot be opened: .*\/proc\/no/), code: 1 })
    expect(stdout).not.toContain('as it should be')
  })

  /** A receiver of the user, and the bodies it got. */
  async function ownReceiver(status: number) {
    const bodies: string[] = []
    const server = createServer(async (request, response) => {
      bodies.push(await text(request))
      response.writeHead(status).end()
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/own`, bodies }
  }

  test.each([
    ['own.yaml', (url: string) => `sinks:\n  webhook: { url: '${url}' }\n`],
    ['own.yml', (url: string) => `audit:\n  sinks: { webhook: { enabled: true, url: '${url}' } }\n`],
  ])("--once uses the webhook URL in the user's own %s", async (name, configuration) => {
    const { url, bodies } = await ownReceiver(204)
    await writeFile(join(folder, name), configuration(url))
    const { stdout, stderr, code } = await run(join(dist, 'main.js'), '--once', '--config', join(folder, name))
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
    expect(bodies.join('')).toContain('"type":"flag","action":"created"')
    expect(stdout).not.toMatch(/^receiver/m)
  })

  test('--once fails if a receiver refuses events, and reports their number', async () => {
    const { url } = await ownReceiver(400)
    await writeFile(join(folder, 'refusing.yaml'), `sinks:\n  webhook: { url: '${url}' }\n`)
    const { stdout, stderr, code } = await run(join(dist, 'main.js'), '--once', '--config', join(folder, 'refusing.yaml'))
    expect({ stderr, code }).toEqual({ stderr: expect.stringMatching(/Sink 'webhook' has 0 of \d+ events\./), code: 1 })
    expect(stdout).toContain('not as it should be')
  })

  test('--once fails if the file cannot be written', async () => {
    const { stderr, code } = await run(join(dist, 'main.js'), '--once', '--file', folder)
    expect({ stderr, code }).toEqual({ stderr: expect.stringMatching(/EISDIR|missing/), code: 1 })
  })
})

describe('serving', () => {
  test('the server prints examples and the trail, and ends at a signal with all events in the file', async () => {
    const path = join(folder, 'served.log')
    const child = start(join(dist, 'main.js'), '--port', '0', '--file', path)
    let stdout = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => void (stdout += chunk))
    while (!stdout.includes('curl -X DELETE')) await once(child.stdout, 'data')
    const [, url] = /Listening on (\S+)\. /.exec(stdout)!
    const [, token] = /Bearer (flags_[\w-]+)/.exec(stdout)!
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const request = { method: 'POST', headers, body: '{"key":"flipt","name":"flipt"}' }
    const answer = await fetch(`${url}/api/v1/namespaces/default/flags`, request)
    expect(answer.status).toBe(201)
    while (!/success +flag:created/.test(stdout)) await once(child.stdout, 'data')
    child.kill('SIGINT')
    const [code] = await once(child, 'close')
    expect(code).toBe(0)
    const names = (await eventsOf(path)).map(({ type, action }) => `${type}:${action}`)
    expect(names).toEqual(['audit:opened', 'flag:created', 'audit:closed', 'audit:sealed'])
  })

  test('a taken port is an error with advice', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const { stderr, code } = await run(join(dist, 'main.js'), '--port', String(port), '--file', join(folder, 'taken.log'))
    server.close()
    expect({ stderr, code }).toEqual({ stderr: expect.stringMatching(`Port ${port} is taken. Choose another: --port`), code: 1 })
  })
})

test.each([
  [['--onec'], 'Did you mean --once?'],
  [['--port', 'http'], '--port http'],
  [['again'], 'again'],
])('the arguments %j are refused', async (args, message) => {
  const { stdout, stderr, code } = await run(join(dist, 'main.js'), ...args)
  expect({ stdout, stderr, code }).toEqual({ stdout: '', stderr: expect.stringContaining(message), code: 2 })
})

test('--help prints the usage', async () => {
  const { stdout, code } = await run(join(dist, 'main.js'), '--help')
  expect({ stdout, code }).toEqual({ stdout: expect.stringContaining('--once'), code: 0 })
})
