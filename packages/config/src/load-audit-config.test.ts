import { execFileSync } from 'node:child_process'
import { symlinkSync } from 'node:fs'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createAudit, defineEvents, type AuditEvent } from '@audit/core'
import { verifyWebhook } from '@audit/webhook-signature'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { folderWith, load } from '../test/folder-with.ts'
import { receiver } from '../test/receiver.ts'
import { loadAuditConfig } from './load-audit-config.ts'

const flag = z.object({ key: z.string() })
const events = defineEvents({ flag: { created: flag, deleted: flag }, user: { created: flag } })

async function linesOf(path: string): Promise<readonly AuditEvent[]> {
  const text = await readFile(path, 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as AuditEvent)
}

test('a file configures a trail with its service and sinks', async () => {
  const directory = await folderWith({
    'audit.yaml': `
service: flags-api
journal: { directory: journal }
events: ['flag:*']
sinks:
  file: { path: logs/audit.log, batch: { maxAge: 10ms } }
  deletions: { type: file, path: deletions.log, events: '*:deleted', tenants: acme }
  unused: { type: file, path: '\${NOT_SET}', enabled: false }
`,
  })
  const config = await loadAuditConfig({ directory, env: {} })
  expect(config.service).toBe('flags-api')
  const audit = createAudit({ events, ...config })
  await audit.record('flag:created', { key: 'a' })
  await audit.run({ actor: { authentication: 'none' }, tenant: 'acme' }, () => audit.record('flag:deleted', { key: 'b' }))
  await audit.record('flag:deleted', { key: 'c' })
  await audit.record('user:created', { key: 'd' })
  await audit.close()
  const keysIn = async (file: string) =>
    (await linesOf(join(directory, file))).map(({ payload }) => (payload as { key: string }).key)
  expect(await keysIn('logs/audit.log')).toEqual(['a', 'b', 'c'])
  expect(await keysIn('deletions.log')).toEqual(['b'])
  expect((await linesOf(join(directory, 'logs/audit.log')))[0]!.source).toMatch(/^flags-api\//)
  expect(await readFile(join(directory, 'journal', '.gitignore'), 'utf8')).toBe('*\n')
})

test('every setting reaches the audit, in its units', async () => {
  const config = await load(`
service: flags-api
failMode: closed
maxWait: 1.5s
strict: true
queue: { maxEvents: 5, maxBytes: 2KiB }
limits: { maxBytes: 32KiB, maxStringBytes: 1KiB, maxDepth: 8, maxMembers: 10 }
redaction: { keys: badge, hash: [email, /owner/phone], hashKey: '0123456789abcdef' }
journal: { type: memory, maxBytes: 1MB }
sinks:
  console:
  file:
    stdout: true
    format: flipt
    events: ['*:*', '!audit:*']
    statuses: [success, denied]
    batch: { maxEvents: 3, maxBytes: 64KiB, maxAge: 0 }
    retry: { minDelay: 100ms, maxDelay: 1h30m, deadline: 5s }
    from: oldest
    maxLagBytes: 1MiB
    onLag: hold
`)
  expect(config).toEqual({
    service: 'flags-api',
    failMode: 'closed',
    maxWaitMs: 1_500,
    strict: true,
    queue: { maxEvents: 5, maxBytes: 2_048 },
    limits: { maxBytes: 32_768, maxStringBytes: 1_024, maxDepth: 8, maxMembers: 10 },
    redaction: { keys: ['badge'], hash: ['email', '/owner/phone'], hashKey: '0123456789abcdef' },
    journal: expect.objectContaining({ append: expect.any(Function) }),
    sinks: [
      { name: 'console', sink: expect.objectContaining({ name: 'console' }) },
      {
        name: 'file',
        sink: expect.objectContaining({ name: 'file:stdout', statuses: ['success', 'denied'] }),
        events: ['*:*', '!audit:*'],
        statuses: ['success', 'denied'],
        batch: { maxEvents: 3, maxBytes: 65_536, maxAgeMs: 0 },
        retry: { minDelayMs: 100, maxDelayMs: 5_400_000, deadlineMs: 5_000 },
        from: 'oldest',
        maxLagBytes: 1_048_576,
        onLag: 'hold',
      },
    ],
  })
  await createAudit({ events, ...config }).close()
})

test('configured webhooks post signed batches, and messages of successes', async () => {
  const { port, received } = await receiver()
  const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
  const config = await load(
    `
service: flags-api
journal: { type: memory }
sinks:
  webhook: { url: "\${URL}", secret: "\${SECRET}", events: '*:*', batch: { maxAge: 1h }, headers: { x-team: trail } }
  slack:
    type: webhook
    url: \${URL}
    events: ['*:deleted']
    body: '{"text": "{{ payload.key }} is gone"}'
`,
    { URL: `http://127.0.0.1:${port}`, SECRET: secret, AUDIT_SINKS_WEBHOOK_EVENTS: 'flag:*' },
  )
  const audit = createAudit({ events, ...config })
  await audit.record('flag:created', { key: 'a' })
  await audit.record('flag:deleted', { key: '"b"' })
  await audit.denied('flag:deleted', { reason: 'forbidden' })
  await audit.close()
  const [message, ...others] = received.filter(({ headers }) => headers['x-team'] === undefined)
  expect(others).toEqual([])
  expect(JSON.parse(message!.body)).toEqual({ text: '"b" is gone' })
  const batch = received.find(({ headers }) => headers['x-team'] === 'trail')
  verifyWebhook(batch!, secret)
  expect((JSON.parse(batch!.body) as AuditEvent[]).map(({ action, status }) => [action, status])).toEqual([
    ['created', 'success'],
    ['deleted', 'success'],
    ['deleted', 'denied'],
  ])
})

test('unset keys are left out, so that options before the spread stay', async () => {
  const config = await load('service: a')
  expect(Object.keys(config)).toEqual(['service'])
})

test('a configured file sink has its permissions and rotation, and refuses links', async () => {
  const directory = await folderWith({
    'audit.json': JSON.stringify({
      service: 'a',
      journal: { type: 'memory' },
      sinks: {
        file: {
          path: 'a.log',
          mode: '0640',
          rotate: { maxBytes: 200, keepFiles: 2, every: '12h', keepFor: '30d' },
          batch: { maxEvents: 1 },
        },
      },
    }),
  })
  const audit = createAudit({ events, ...(await loadAuditConfig({ directory, env: {} })) })
  for (const key of 'abcdef') await audit.record('flag:created', { key })
  await audit.close()
  const logs = (await readdir(directory)).filter((name) => /^a.*\.log/.test(name) && !name.endsWith('.lock'))
  expect(logs.length).toBe(3)
  expect((await stat(join(directory, 'a.log'))).mode & 0o777).toBe(0o640)
})

describe('which file', () => {
  const named = (name: string) => `service: ${name}`

  test.each(['audit.yaml', 'audit.yml', 'audit.json'])('the file %s in the directory is read', async (name) => {
    const directory = await folderWith({ [name]: name === 'audit.json' ? '{"service":"a"}' : named('a') })
    expect((await loadAuditConfig({ directory, env: {} })).service).toBe('a')
  })

  test('the given file is read, else the one in AUDIT_CONFIG, else the one in the directory', async () => {
    const directory = await folderWith({ 'audit.yaml': named('found'), 'a/b.yml': named('variable'), 'c.yaml': named('given') })
    const env = { AUDIT_CONFIG: 'a/b.yml' }
    expect((await loadAuditConfig({ directory, env, file: 'c.yaml' })).service).toBe('given')
    expect((await loadAuditConfig({ directory, env })).service).toBe('variable')
    expect((await loadAuditConfig({ directory, env: { AUDIT_CONFIG: join(directory, 'a/b.yml') } })).service).toBe('variable')
    expect((await loadAuditConfig({ directory, env: { AUDIT_CONFIG: '' } })).service).toBe('found')
  })

  test.each<[Record<string, string>, string | undefined, RegExp]>([
    [{}, undefined, /^There is no audit configuration: neither audit\.yaml, .* nor a file named by AUDIT_CONFIG/],
    [{ 'audit.yaml': '', 'audit.json': '{}' }, undefined, /^There are audit\.yaml and audit\.json in .*Remove one/],
    [{}, 'none.yaml', /^none\.yaml: there is no such file/],
    [{ 'a.toml': '' }, 'a.toml', /^a\.toml: give a file that ends in \.yaml, \.yml or \.json/],
    [{ 'a.yaml/b': '' }, 'a.yaml', /^a\.yaml: it is a folder/],
    [{ 'a.yaml': 'x'.repeat(2 ** 20 + 1) }, 'a.yaml', /^a\.yaml: it is larger than 1 MiB/],
  ])('the files %j with the given file %j are refused', async (files, file, message) => {
    const directory = await folderWith(files)
    const loading = loadAuditConfig({ directory, env: {}, ...(file !== undefined && { file }) })
    await expect(loading).rejects.toMatchObject({
      code: 'AUDIT_INVALID_OPTIONS',
      message: expect.stringMatching(message) as string,
    })
  })
})

test('a device is not read to its end, and a FIFO is read as a file', async () => {
  const directory = await folderWith()
  symlinkSync('/dev/zero', join(directory, 'zero.yaml'))
  const loading = loadAuditConfig({ directory, env: {}, file: 'zero.yaml' })
  await expect(loading).rejects.toThrow('zero.yaml: it is larger than 1 MiB')
  execFileSync('mkfifo', [join(directory, 'fifo.yaml')])
  const writing = writeFile(join(directory, 'fifo.yaml'), 'service: fifo')
  expect((await loadAuditConfig({ directory, env: {}, file: 'fifo.yaml' })).service).toBe('fifo')
  await writing
})

test.each([
  ['a file', { 'audit.yaml': 'service: file' }, {}, 'file'],
  ['a variable over it', { 'audit.yaml': 'service: file' }, { AUDIT_SERVICE: 'variable' }, 'variable'],
  ['code, if both set none', { 'audit.yaml': 'strict: true' }, {}, 'code'],
])('the service is named by %s', async (_, files, env, service) => {
  const directory = await folderWith(files)
  expect((await loadAuditConfig({ directory, env, service: 'code' })).service).toBe(service)
})

test('a configuration without the name of the service is refused', async () => {
  const directory = await folderWith({ 'audit.yaml': 'strict: true' })
  await expect(loadAuditConfig({ directory, env: {} })).rejects.toThrow(/audit\.yaml: service: it is missing; .*AUDIT_SERVICE/)
})
