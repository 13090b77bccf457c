import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { folderWith, type Environment } from './folder-with.ts'

// The configurations of Flipt's published examples (examples/audit of its repository): the same keys and values, except for the host of
// the receiver and the folder of the log. Each configures a process, which records four operations of Flipt's.

const program = fileURLToPath(new URL('./flipt-service.ts', import.meta.url))

async function start(directory: string, env: Environment) {
  // None of this process's own variables, as in a container.
  const child = spawn(process.execPath, [program], { cwd: directory, env: { ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { stdout, stderr, code: code as number }
}

/** Answers as the receiver of Flipt's examples: with HTTP/1.0, no length, and the connection closed after the body. */
async function oldReceiver() {
  const requests: { path: string; body: unknown }[] = []
  const server = createServer(async (request) => {
    requests.push({ path: request.url!, body: JSON.parse(await text(request)) })
    request.socket.end('HTTP/1.0 200 OK\r\nContent-type: text/html\r\n\r\nPOST request for /')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void server.close().closeAllConnections())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, requests }
}

const event = (type: string, action: string) => ({
  version: '0.2',
  type,
  action,
  metadata: { actor: { authentication: 'none', ip: '172.18.0.1' } },
  payload: { key: 'a' },
  timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
  status: 'success',
})
const everything = [event('flag', 'created'), event('flag', 'updated'), event('flag', 'deleted'), event('variant', 'created')]

describe('issue 16: a published example of Flipt starts and delivers', () => {
  test('the log, by environment alone', async () => {
    const directory = await folderWith()
    await mkdir(join(directory, 'var/log'), { recursive: true })
    const file = join(directory, 'var/log/audit.log')
    const env = { FLIPT_LOG_LEVEL: 'debug', FLIPT_AUDIT_SINKS_LOG_ENABLED: 'true', FLIPT_AUDIT_SINKS_LOG_FILE: file }
    expect(await start(directory, env)).toEqual({ stdout: '', stderr: '', code: 0 })
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(everything)
  })

  test('the webhook with a choice of events, by environment alone', async () => {
    const { url, requests } = await oldReceiver()
    const env = {
      FLIPT_LOG_LEVEL: 'debug',
      FLIPT_AUDIT_SINKS_WEBHOOK_ENABLED: 'true',
      FLIPT_AUDIT_EVENTS: 'flag:created flag:updated',
      FLIPT_AUDIT_SINKS_WEBHOOK_URL: url,
      FLIPT_META_TELEMETRY_ENABLED: 'false',
    }
    expect(await start(await folderWith(), env)).toEqual({ stdout: '', stderr: '', code: 0 })
    expect(requests).toEqual(everything.slice(0, 2).map((body) => ({ path: '/', body })))
  })

  test('the webhook with a template, by a file', async () => {
    const { url, requests } = await oldReceiver()
    const body = '{\n "event": "{{ .Type }} {{ .Action }}",\n "timestamp": "{{ .Timestamp }}"\n}\n'
    const webhook = { enabled: true, templates: [{ url, method: 'POST', body }] }
    const file = { log: { level: 'debug' }, audit: { events: ['flag:created', 'flag:updated'], sinks: { webhook } } }
    const directory = await folderWith({ 'flipt.config.yml': JSON.stringify(file) })
    const env = { AUDIT_CONFIG: 'flipt.config.yml' }
    expect(await start(directory, env)).toEqual({ stdout: '', stderr: '', code: 0 })
    const { timestamp } = everything[0]!
    expect(requests.map((request) => request.body)).toEqual([
      { event: 'flag created', timestamp },
      { event: 'flag updated', timestamp },
    ])
  })
})

describe('issue 16: the published example with Kafka', () => {
  const env = {
    FLIPT_LOG_LEVEL: 'debug',
    FLIPT_AUDIT_SINKS_LOG_ENABLED: 'true',
    FLIPT_AUDIT_SINKS_KAFKA_ENABLED: 'true',
    FLIPT_AUDIT_SINKS_KAFKA_TOPIC: 'flipt-audit-events',
    FLIPT_AUDIT_SINKS_KAFKA_ENCODING: 'avro',
    FLIPT_AUDIT_SINKS_KAFKA_INSECURE_SKIP_TLS: 'true',
    FLIPT_AUDIT_SINKS_KAFKA_BOOTSTRAP_SERVERS: 'redpanda',
    FLIPT_AUDIT_SINKS_KAFKA_SCHEMA_REGISTRY_URL: 'http://redpanda:8081',
    FLIPT_META_TELEMETRY_ENABLED: 'false',
  }

  test('is refused with one problem, which names the variable', async () => {
    const { stderr, code } = await start(await folderWith(), env)
    expect(code).toBe(1)
    const problems = stderr.split('\n').filter((line) => line.startsWith('- '))
    expect(problems).toEqual([expect.stringMatching(/^- FLIPT_AUDIT_SINKS_KAFKA_ENABLED: .*there is no Kafka sink/)])
  })

  test('delivers to the standard output with Kafka switched off', async () => {
    const { stdout, code } = await start(await folderWith(), { ...env, FLIPT_AUDIT_SINKS_KAFKA_ENABLED: 'false' })
    expect(code).toBe(0)
    const shown = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line.split('\t')[2]!) as unknown)
    expect(shown).toEqual(everything)
  })
})
