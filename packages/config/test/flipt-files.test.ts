import { createHmac } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createAudit, defineEvents, memoryJournal } from '@audit/core'
import { describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { folderWith, type Environment } from './folder-with.ts'
import { receiver } from './receiver.ts'
import { loadAuditConfig } from '../src/load-audit-config.ts'

const thing = z.object({ key: z.string(), name: z.string().optional() })
const written = { created: thing, updated: thing, deleted: thing }
const events = defineEvents({
  constraint: written,
  distribution: written,
  flag: written,
  namespace: written,
  rollout: written,
  rule: written,
  segment: written,
  token: written,
  variant: written,
})

/** Runs the same operations through the trail of a file: two that succeed, one denied, one failed, one attempted first. */
async function run(file: string, env: Environment = {}) {
  const { port, received } = await receiver()
  const directory = await folderWith({ 'flipt.yml': file.replaceAll('$PORT', String(port)) })
  const config = await loadAuditConfig({
    directory,
    env: { AUDIT_CONFIG: 'flipt.yml', AUDIT_SERVICE: 'flipt', PORT: `${port}`, ...env },
  })
  const audit = createAudit({ events, ...config, journal: memoryJournal() })
  const actor = { authentication: 'oidc', id: 'u_1', email: 'ada@example.com', ip: '10.0.0.1' } as const
  await audit.run({ actor }, async () => {
    await audit.record('flag:created', { key: 'a', name: '"<A>"' })
    await audit.denied('segment:deleted', { reason: 'forbidden' })
    const open = await audit.begin('flag:updated')
    await open.fail(new Error('no'))
    await audit.record('variant:deleted', { key: 'b' })
  })
  await audit.close()
  const log = await readFile(join(directory, 'logs/audit.log'), 'utf8').catch(() => undefined)
  return { config, directory, received, log, lines: log?.trimEnd().split('\n') ?? [] }
}

const timestamp = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string
const actor = { authentication: 'oidc', ip: '10.0.0.1', email: 'ada@example.com' }
const common = { version: '0.2', metadata: { actor }, timestamp }
const created = { ...common, type: 'flag', action: 'created', payload: { key: 'a', name: '"<A>"' }, status: 'success' }
const denied = { ...common, type: 'segment', action: 'deleted', payload: null, status: 'denied' }
const deleted = { ...common, type: 'variant', action: 'deleted', payload: { key: 'b' }, status: 'success' }

/** The content that every reader of JSON sees, without regard to spaces. */
const parsed = (lines: readonly string[]) => lines.map((line) => JSON.parse(line) as unknown)

describe('the log', () => {
  test.each<[string, string, Environment?]>([
    ['alone', 'audit:\n  sinks:\n    log:\n      enabled: true\n      file: logs/audit.log\n      encoding: json\n'],
    [
      'as its variables say',
      'audit: {}\n',
      { FLIPT_AUDIT_SINKS_LOG_ENABLED: 'true', FLIPT_AUDIT_SINKS_LOG_FILE: 'logs/audit.log', FLIPT_LOG_ENCODING: 'json' },
    ],
    [
      'in a whole file of Flipt',
      `
version: "1.0"
log: { level: "\${NOT_SET}", encoding: json, grpc_level: ERROR }
ui: { enabled: true }
cors: { enabled: true, allowed_origins: "*" }
cache: { enabled: false, backend: memory, ttl: 60s }
server: { host: 0.0.0.0, http_port: 8080, grpc_port: 9000 }
db: { url: "\${DATABASE_URL}", max_idle_conn: 2 }
tracing: { enabled: false }
authentication: { required: true, methods: { token: { enabled: true } } }
meta: { check_for_updates: true }
storage: { type: database }
diagnostics: { profiling: { enabled: true } }
audit:
  sinks:
    log: { enabled: "true", file: "\${LOG_FILE}" }
    webhook: { enabled: false, url: "\${NOT_SET}", templates: [] }
    kafka: { enabled: false }
  buffer: { capacity: "10", flush_period: 5m }
`,
      { LOG_FILE: 'logs/audit.log' },
    ],
  ])('the log sink is translated %s', async (_, file, env) => {
    const { config, lines } = await run(file, env)
    expect(config.sinks?.map(({ name }) => name)).toEqual(['log'])
    expect(parsed(lines)).toEqual([created, denied, deleted])
    expect(lines[0]).toMatch(/^\{"version":"0\.2","type":"flag","action":"created","status":"success","metadata":/)
  })

  test('the log has the console encoding by default', async () => {
    const { lines } = await run('audit:\n  sinks: { log: { enabled: true, file: logs/audit.log } }\n')
    expect(parsed(lines)).toEqual([created, denied, deleted])
    expect(lines[0]).toMatch(/^\{"version": "0\.2", "type": "flag", /)
  })

  test.each([
    ['sinks: { log: { enabled: true } }', 'file:stdout'],
    ['sinks: { log: { enabled: true, file: stdout, encoding: "" } }', 'file:stdout'],
  ])('%s writes to the standard output', async (section, name) => {
    const directory = await folderWith({ 'flipt.yml': `audit:\n  ${section}\n` })
    const config = await loadAuditConfig({ directory, env: {}, file: 'flipt.yml', service: 'flipt' })
    expect(config.sinks).toEqual([{ name: 'log', events: ['*:*', '!audit:*'], sink: expect.objectContaining({ name }) }])
  })
})

test.each([
  ['events: ["flag:created", "variant:*"]', [created, deleted]],
  ['events: ["*:deleted"]', [denied, deleted]],
  ['events: "*:*"', [created, denied, deleted]],
  ['events: flag:created   segment:*', [created, denied]],
])('the section %s is translated', async (section, expected) => {
  const { lines } = await run(`audit:\n  ${section}\n  sinks: { log: { enabled: true, file: logs/audit.log } }\n`)
  expect(parsed(lines)).toEqual(expected)
})

test('buffer and retries are translated, and missing keys are left out', async () => {
  const webhook = 'sinks: { webhook: { enabled: true, url: "http://127.0.0.1:$PORT", max_backoff_duration: 30s } }'
  const { config } = await run(`audit:\n  buffer: { capacity: 5, flush_period: 2m30s }\n  ${webhook}\n`)
  expect(config.sinks).toEqual([
    expect.objectContaining({ batch: { maxEvents: 5, maxAgeMs: 150_000 }, retry: { minDelayMs: 1_000, maxDelayMs: 30_000 } }),
  ])
  const { config: other } = await run('audit:\n  sinks: { log: { enabled: true, file: logs/audit.log } }\n')
  expect(other.sinks![0]).not.toHaveProperty('batch')
})

test('our variables set options that Flipt does not have', async () => {
  const env = { AUDIT_SINKS_LOG_MODE: '0644', AUDIT_SINKS_LOG_STATUSES: 'denied', AUDIT_FAIL_MODE: 'closed' }
  const { config, lines } = await run('audit:\n  sinks: { log: { enabled: true, file: logs/audit.log } }\n', env)
  expect(config.failMode).toBe('closed')
  expect(parsed(lines)).toEqual([denied])
})

test('without an enabled sink nothing is built, and problems of disabled sinks are ignored', async () => {
  const file =
    'audit:\n  events: ["nonsense"]\n  sinks: { log: { enabled: false, encoding: xml }, webhook: { enabled: false } }\n'
  expect((await run(file)).config.sinks).toEqual([])
})

describe('the webhook', () => {
  const section = (settings: string) => `audit:\n  sinks:\n    webhook:\n      enabled: true\n      ${settings}\n`

  test('the webhook gets one signed request per event, in Flipt’s format', async () => {
    const settings = 'url: "http://127.0.0.1:$PORT/hook"\n      signing_secret: ${SECRET}\n      max_backoff_duration: 15s'
    const { received, log } = await run(section(settings), { SECRET: 'a secret, with spaces' })
    expect(log).toBeUndefined()
    expect(received.map(({ path }) => path)).toEqual(['/hook', '/hook', '/hook'])
    expect(parsed(received.map(({ body }) => body))).toEqual([created, denied, deleted])
    expect(received[0]!.body).toMatch(
      /^\{"version":"0\.2","type":"flag","action":"created","metadata":.*"name":"\\"\\u003cA\\u003e\\""/,
    )
    for (const { headers, body } of received) {
      expect(headers['content-type']).toBe('application/json')
      const signature = createHmac('sha256', 'a secret, with spaces').update(body).digest('hex')
      expect(headers['x-flipt-webhook-signature']).toBe(signature)
    }
  })

  test('the webhook is unsigned without a secret, and both sinks get all events', async () => {
    const both = `${section('url: "http://127.0.0.1:$PORT"')}    log: { enabled: true, file: logs/audit.log, encoding: json }\n`
    const { received, lines, config } = await run(both)
    expect(config.sinks?.map(({ name }) => name)).toEqual(['log', 'webhook'])
    expect(parsed(lines)).toEqual(parsed(received.map(({ body }) => body)))
    expect(received[0]!.headers).not.toHaveProperty('x-flipt-webhook-signature')
  })

  test('variables can configure the webhook', async () => {
    const env = {
      FLIPT_AUDIT_SINKS_WEBHOOK_ENABLED: 'true',
      FLIPT_AUDIT_SINKS_WEBHOOK_URL: 'http://127.0.0.1:$PORT',
      FLIPT_AUDIT_EVENTS: 'flag:* variant:deleted',
    }
    const { port, received } = await receiver()
    const directory = await folderWith({ 'flipt.yaml': 'audit: {}' })
    const config = await loadAuditConfig({
      directory,
      file: 'flipt.yaml',
      service: 'flipt',
      env: { ...env, FLIPT_AUDIT_SINKS_WEBHOOK_URL: `http://127.0.0.1:${port}/env` },
    })
    const audit = createAudit({ events, ...config, journal: memoryJournal() })
    await audit.record('flag:created', { key: 'a' })
    await audit.record('rule:created', { key: 'a' })
    await audit.close()
    expect(received.map(({ path, body }) => [path, (JSON.parse(body) as { type: string }).type])).toEqual([['/env', 'flag']])
  })
})

describe('templates', () => {
  const section = (...templates: readonly string[]) =>
    `audit:\n  sinks:\n    webhook:\n      enabled: true\n      templates:\n${templates.map((template) => `        - ${template}\n`).join('')}`
  const template = (path: string, body: string, more = '') => `{ url: "http://127.0.0.1:$PORT/${path}", ${more} body: '${body}' }`

  test('each template is a sink with its own headers, and gets denials only if it shows the status', async () => {
    const slack = template(
      'slack',
      '{"text": "{{ .Metadata.Actor.Email }} {{- /* who */ -}} : {{ .Type }} {{ .Payload.name }} {{ .Action }}"}',
      'headers: { Authorization: "${TOKEN}", X-Limit: 7 },',
    )
    const table = template(
      'table',
      '{"what": {{ toJson .Payload }}, "status": "{{.Status}}", "at": "{{ .Timestamp }}", "v": {{ .Version }}, "actor": {{ .Metadata.Actor | toJson }}}',
      'method: post,',
    )
    const whole = template('whole', ' {{ toJson . }} ')
    const inside = template('inside', '{"event": {{ . | toJson }}, "text": "{{ toJson . }}"}')
    const { received, config } = await run(section(slack, table, whole, inside), { TOKEN: 'Bearer t' })
    expect(config.sinks?.map(({ name, statuses }) => [name!.replace(/\d{4,}/, 'PORT'), statuses])).toEqual([
      ['template:127.0.0.1:PORT', ['success']],
      ['template:127.0.0.1:PORT#2', ['success', 'denied']],
      ['template:127.0.0.1:PORT#3', ['success', 'denied']],
      ['template:127.0.0.1:PORT#4', ['success', 'denied']],
    ])
    const at = (path: string) => received.filter((request) => request.path === `/${path}`)
    const messages = (path: string) => parsed(at(path).map(({ body }) => body))
    expect(messages('slack')).toEqual([
      { text: 'ada@example.com: flag "<A>" created' },
      { text: 'ada@example.com: variant  deleted' },
    ])
    expect(at('slack')[0]!.headers).toMatchObject({ authorization: 'Bearer t', 'x-limit': '7' })
    const row = (event: { payload: unknown; status: string }) => ({
      what: event.payload,
      status: event.status,
      at: timestamp,
      v: 0.2,
      actor,
    })
    expect(messages('table')).toEqual([row(created), row(denied), row(deleted)])
    expect(messages('whole')).toEqual([created, denied, deleted])
    expect(at('whole')[0]!.body).toContain('\\u003cA\\u003e')
    expect(messages('inside').map((message) => (message as { event: unknown }).event)).toEqual([created, denied, deleted])
    const [first] = messages('inside') as { text: string }[]
    expect(JSON.parse(first!.text)).toEqual(created)
  })
})

describe('as Flipt reads it', () => {
  const quiet = { warn: () => undefined }

  test('issue 16: Flipt’s variables alone configure a trail, as in its published examples', async () => {
    const { port, received } = await receiver()
    const directory = await folderWith()
    const env = {
      FLIPT_LOG_LEVEL: 'debug',
      FLIPT_AUDIT_SINKS_LOG_ENABLED: 'true',
      FLIPT_AUDIT_SINKS_LOG_FILE: 'logs/audit.log',
      FLIPT_AUDIT_SINKS_WEBHOOK_ENABLED: 'true',
      FLIPT_AUDIT_SINKS_WEBHOOK_URL: `http://127.0.0.1:${port}/`,
      FLIPT_AUDIT_EVENTS: 'flag:created flag:updated',
      FLIPT_META_TELEMETRY_ENABLED: 'false',
    }
    const config = await loadAuditConfig({ directory, env, service: 'flipt' })
    const audit = createAudit({ events, ...config, journal: memoryJournal() })
    await audit.record('flag:created', { key: 'a' })
    await audit.record('flag:deleted', { key: 'a' })
    await audit.close()
    const lines = (await readFile(join(directory, 'logs/audit.log'), 'utf8')).trimEnd().split('\n')
    for (const found of [lines, received.map(({ body }) => body)])
      expect(parsed(found)).toEqual([expect.objectContaining({ type: 'flag', action: 'created', payload: { key: 'a' } })])
  })

  test.each<[string, string, Environment?]>([
    ['keys in capitals', 'Audit:\n  Sinks:\n    LOG: { Enabled: true, File: logs/audit.log, Encoding: json }\n'],
    ['a file URL', 'audit: { sinks: { log: { enabled: true, file: "file://$DIRECTORY/logs/audit.log", encoding: json } } }\n'],
    [
      'a file URL with localhost and an escape',
      'audit: { sinks: { log: { enabled: true, file: "file://localhost$DIRECTORY/log%73/audit.log", encoding: json } } }\n',
    ],
    [
      'merge keys and x- sections',
      'x-log: &log { enabled: true, file: other.log, encoding: json }\naudit: { sinks: { log: { file: logs/audit.log, <<: *log } } }\n',
    ],
    ['a boolean as Go reads it', 'audit: { sinks: { log: { enabled: T, file: logs/audit.log, encoding: json } } }\n'],
    [
      'no section audit, and its variables',
      'log: { encoding: json }\nserver: { http_port: 8080 }\n',
      { FLIPT_AUDIT_SINKS_LOG_ENABLED: 'true', FLIPT_AUDIT_SINKS_LOG_FILE: 'logs/audit.log' },
    ],
    [
      'an empty file, and its variables',
      '',
      {
        FLIPT_AUDIT_SINKS_LOG_ENABLED: 'true',
        FLIPT_AUDIT_SINKS_LOG_FILE: 'logs/audit.log',
        FLIPT_AUDIT_SINKS_LOG_ENCODING: 'json',
      },
    ],
  ])('a Flipt configuration with %s is read as Flipt does', async (_, file, env = {}) => {
    const directory = await folderWith({})
    await writeFile(join(directory, 'flipt.yml'), file.replaceAll('$DIRECTORY', directory))
    const config = await loadAuditConfig({ directory, env, file: 'flipt.yml', service: 'flipt', logger: quiet })
    const audit = createAudit({ events, ...config, journal: memoryJournal() })
    await audit.record('flag:created', { key: 'a' })
    await audit.close()
    const [line, ...others] = (await readFile(join(directory, 'logs/audit.log'), 'utf8')).trimEnd().split('\n')
    expect(others).toEqual([])
    expect(JSON.parse(line!)).toMatchObject({ type: 'flag', action: 'created', status: 'success' })
  })

  test.each([
    ['flush_period: 120000000000', 120_000],
    ['flush_period: 2m30.5s', 150_500],
    ['flush_period: 150000000us', 150_000],
  ])('buffer: { %s } is read as Flipt does', async (period, maxAgeMs) => {
    const file = `audit: { buffer: { ${period} }, sinks: { log: { enabled: true, file: logs/audit.log } } }\n`
    expect((await run(file)).config.sinks).toEqual([expect.objectContaining({ batch: { maxAgeMs } })])
  })

  test.each([
    ["'012345'", '012345'],
    ['12345', '12345'],
    ['"true"', 'true'],
  ])('the secret %s is read as Flipt does', async (written, secret) => {
    const settings = `{ enabled: true, url: "http://127.0.0.1:$PORT", signing_secret: ${written} }`
    const { received } = await run(`audit: { sinks: { webhook: ${settings} } }\n`)
    const signature = createHmac('sha256', secret).update(received[0]!.body).digest('hex')
    expect(received[0]!.headers['x-flipt-webhook-signature']).toBe(signature)
  })

  test.each([
    ['audit: { sinks: {} }\n', {}],
    ['log: { level: info }\n', {}],
    ['', { FLIPT_AUDIT_BUFFER_CAPACITY: '5' }],
  ])('a warning is logged if no sink is enabled: %j with %j', async (file, env) => {
    const warn = vi.fn()
    const directory = await folderWith({ 'flipt.yml': file })
    await loadAuditConfig({ directory, env, file: 'flipt.yml', service: 'flipt', logger: { warn } })
    expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('enables no audit sink'))
  })

  test('our own configuration file is not read as Flipt’s, even with variables of Flipt', async () => {
    const directory = await folderWith({ 'audit.yaml': `sinks: { console: {} }\n` })
    const env = { FLIPT_AUDIT_SINKS_LOG_ENABLED: 'true', FLIPT_AUDIT_SINKS_LOG_FILE: 'other.log' }
    expect((await loadAuditConfig({ directory, env, service: 'a' })).sinks?.map(({ name }) => name)).toEqual(['console'])
  })

  test.each(['file: { path: own.log, format: flipt }', 'webhook: { url: "http://127.0.0.1:$PORT", format: flipt }'])(
    'in our own file, %s sends Flipt’s events and no system events',
    async (sink) => {
      const { port, received } = await receiver()
      const directory = await folderWith({ 'audit.yaml': `events: ['*:*']\nsinks: { ${sink.replace('$PORT', String(port))} }\n` })
      const config = await loadAuditConfig({ directory, env: {}, service: 'flipt' })
      const audit = createAudit({ events, ...config, journal: memoryJournal() })
      await audit.record('flag:created', { key: 'a' })
      await audit.close()
      const written = await readFile(join(directory, 'own.log'), 'utf8').catch(() => received.map(({ body }) => body).join('\n'))
      expect(parsed(written.trimEnd().split('\n'))).toEqual([expect.objectContaining({ type: 'flag' })])
    },
  )
})

test('the example in the README of @audit/flipt writes Flipt’s events', async () => {
  const readme = await readFile(new URL('README.md', import.meta.resolve('@audit/flipt/package.json')), 'utf8')
  const [, example] = /^```yaml\n(.*?)^```/ms.exec(readme)!
  const { received, directory } = await run(example!.replace('receiver.internal', '127.0.0.1:$PORT'), {
    FLIPT_SIGNING_SECRET: 's',
  })
  expect(parsed(received.map(({ body }) => body))).toEqual([created, denied, deleted])
  expect(received[0]!.headers).toHaveProperty('x-flipt-webhook-signature')
  const written = await readFile(join(directory, 'audit.log'), 'utf8')
  expect(parsed(written.trimEnd().split('\n'))).toEqual([created, denied, deleted])
})
