import { expect, test } from 'vitest'
import { folderWith, load, problemsOf, type Environment } from '../../test/folder-with.ts'
import { loadAuditConfig } from '../load-audit-config.ts'
import { generalKeys, sinkKeys } from '../schema/schema-keys.ts'
import { variableName } from './variables.ts'

test('variables alone can configure a trail', async () => {
  const directory = await folderWith()
  const env = {
    AUDIT_SERVICE: 'flags-api',
    AUDIT_FAIL_MODE: 'closed',
    AUDIT_MAX_WAIT: '3s',
    AUDIT_STRICT: 'TRUE',
    AUDIT_EVENTS: 'flag:* !flag:deleted, *:created',
    AUDIT_QUEUE_MAX_EVENTS: '5',
    AUDIT_QUEUE_MAX_BYTES: '1MiB',
    AUDIT_JOURNAL_TYPE: 'memory',
    AUDIT_JOURNAL_MAX_BYTES: '4096',
    AUDIT_SINKS_FILE_PATH: 'audit.log',
    AUDIT_SINKS_FILE_ROTATE_MAX_BYTES: '10MB',
    AUDIT_SINKS_FILE_BATCH_MAX_EVENTS: '7',
    AUDIT_SINKS_FILE_TENANTS: 'acme',
    AUDIT_SINKS_ERROR_LOG_TYPE: 'file',
    AUDIT_SINKS_ERROR_LOG_STDOUT: 'true',
    AUDIT_SINKS_ERROR_LOG_STATUSES: 'failure,denied',
    UNRELATED: 'x',
  }
  const config = await loadAuditConfig({ directory, env })
  expect(config).toMatchObject({ service: 'flags-api', failMode: 'closed', maxWaitMs: 3_000, strict: true })
  expect(config.queue).toEqual({ maxEvents: 5, maxBytes: 1_048_576 })
  const events = ['flag:*', '!flag:deleted', '*:created']
  expect(config.sinks).toEqual([
    { name: 'error-log', events, statuses: ['failure', 'denied'], sink: expect.objectContaining({ name: 'file:stdout' }) },
    { name: 'file', events, tenants: ['acme'], batch: { maxEvents: 7 }, sink: expect.any(Object) },
  ])
})

const file = `
sinks:
  trail: { type: file, path: a.log }
  trail-two: { type: file, path: b.log, events: ['flag:*'], batch: { maxEvents: 3 } }
  Old.Trail: { type: console }
`

test('variables take precedence over the file, key by key', async () => {
  const env = {
    AUDIT_SINKS_TRAIL_TWO_BATCH_MAX_AGE: '5s',
    AUDIT_SINKS_TRAIL_TWO_EVENTS: 'user:*',
    AUDIT_SINKS_TRAIL_ENABLED: 'false',
    AUDIT_SINKS_OLD_TRAIL_FORMAT: 'json',
    AUDIT_SINKS_TRAIL_TWO_FORMAT: '',
  }
  const { sinks } = await load(file, env)
  expect(sinks).toEqual([
    { name: 'trail-two', events: ['user:*'], batch: { maxEvents: 3, maxAgeMs: 5_000 }, sink: expect.any(Object) },
    { name: 'Old.Trail', sink: expect.any(Object) },
  ])
})

test.each<[Environment, string | RegExp]>([
  [{ AUDIT_SINKS_TRAIL_PTH: 'x' }, "AUDIT_SINKS_TRAIL_PTH: there is no such variable; did you mean 'AUDIT_SINKS_TRAIL_PATH'?"],
  [{ AUDIT_SINKS_NOTHING_AT_ALL_LIKE_IT: 'x' }, 'AUDIT_SINKS_NOTHING_AT_ALL_LIKE_IT: there is no such variable'],
  [{ AUDIT_JOURNAL_DIRECTROY: 'x' }, /^AUDIT_JOURNAL_DIRECTROY: .*did you mean 'AUDIT_JOURNAL_DIRECTORY'\?$/],
  [
    { AUDIT_DIRECTORY: 'a', AUDIT_JOURNAL_DIRECTORY: 'b' },
    /^AUDIT_JOURNAL_DIRECTORY: journal\.directory: AUDIT_DIRECTORY is set as well/,
  ],
  [{ AUDIT_SERVICES: 'x' }, "AUDIT_SERVICES: there is no such variable; did you mean 'AUDIT_SERVICE'?"],
  [{ AUDIT_SINK_FILE_PATH: 'x' }, "AUDIT_SINK_FILE_PATH: there is no such variable; did you mean 'AUDIT_SINKS_FILE_PATH'?"],
  [{ AUDIT_FAILMODE: 'open' }, /^AUDIT_FAILMODE: .*did you mean 'AUDIT_FAIL_MODE'\?$/],
  [{ AUDIT_FAIL_MODE: 'opne' }, /^AUDIT_FAIL_MODE: failMode: give 'open' or 'closed'; did you mean 'open'\?$/],
  [
    { AUDIT_SINKS_TRAIL_BATCH_MAX_EVENTS: 'many' },
    /^AUDIT_SINKS_TRAIL_BATCH_MAX_EVENTS: sinks\.trail\.batch\.maxEvents: give a whole number/,
  ],
  [{ AUDIT_SINKS_TRAIL_EVENTS: 'flag:* nothing' }, /^AUDIT_SINKS_TRAIL_EVENTS: sinks\.trail\.events\[1\]: give a pattern/],
  [{ AUDIT_SINKS_TRAIL_STDOUT: 'yes' }, /^AUDIT_SINKS_TRAIL_STDOUT: sinks\.trail\.stdout: give true or false/],
  [{ AUDIT_JOURNAL_SEGMENT_BYTE: '1' }, /^AUDIT_JOURNAL_SEGMENT_BYTE: .*did you mean 'AUDIT_JOURNAL_SEGMENT_BYTES'\?$/],
  [{ AUDIT_DIRECTORY: '"/var/audit"' }, 'AUDIT_DIRECTORY: the path is in quotes; remove them'],
  [{ AUDIT_JOURNAL_DIRECTORY: "'/var/audit'" }, 'AUDIT_JOURNAL_DIRECTORY: journal.directory: the path is in quotes; remove them'],
  [{ AUDIT_SINKS_TRAIL_PATH: '"a.log"\n' }, 'AUDIT_SINKS_TRAIL_PATH: sinks.trail.path: the path is in quotes; remove them'],
  [{ AUDIT_SEAL_KEY_FILE: '"a.key"' }, /^AUDIT_SEAL_KEY_FILE: seal\.keyFile\[0\]: the path is in quotes/],
  [{ AUDIT_ANCHORS_FILE_PATH: '"a"' }, 'AUDIT_ANCHORS_FILE_PATH: anchors.file.path: the path is in quotes; remove them'],
  [{ AUDIT_SINKS_OTHER_TYPE: 'fil' }, /^AUDIT_SINKS_OTHER_TYPE: sinks\.other\.type: .*did you mean 'file'\?$/],
])('the variables %j are refused', async (env, problem) => {
  expect(await problemsOf(load(file, env))).toEqual([typeof problem === 'string' ? problem : expect.stringMatching(problem)])
})

test('a variable that means two sinks is refused', async () => {
  const text = 'sinks:\n  a-b: { type: console }\n  a_b: { type: console }\n'
  expect(await problemsOf(load(text, { AUDIT_SINKS_A_B_FORMAT: 'json' }))).toEqual([
    'AUDIT_SINKS_A_B_FORMAT: it means both sinks.a-b.format and sinks.a_b.format; rename one of the sinks',
  ])
})

test('a variable means an existing sink before a possible one', async () => {
  const text = 'sinks:\n  webhook-headers: { type: file, path: a.log }\n'
  const { sinks } = await load(text, { AUDIT_SINKS_WEBHOOK_HEADERS_FROM: 'oldest' })
  expect(sinks?.map(({ name, from }) => [name, from])).toEqual([['webhook-headers', 'oldest']])
})

test.each<[string, Environment, string]>([
  ['${NAME}', { NAME: 'set' }, 'set'],
  ['${NAME:-unset}', { NAME: 'set' }, 'set'],
  ['${NAME:-unset}', {}, 'unset'],
  ['${NAME:-unset}', { NAME: '' }, 'unset'],
  ['${NAME}', { NAME: 'set', AUDIT_SERVICE: 'won' }, 'won'],
])('the value %s with the environment %j becomes %s', async (written, env, service) => {
  expect((await load(`service: ${written}`, env)).service).toBe(service)
})

test('variables without our prefix or sections are ignored', async () => {
  const env = { AUDIT_DIRECTORY: '/x', AUDIT_DATABASE_URL: 'x', AUDIT_WEBHOOK_SECRET: 'x', AUDITOR: 'x', AUDIT_SERVICES: 'a' }
  expect(await load('service: ${AUDIT_SERVICES}', env)).toEqual({ service: 'a' })
})

test('case 17: spaces and line ends around a path are removed', async () => {
  const directory = await folderWith()
  const env = { AUDIT_SERVICE: 'a', AUDIT_JOURNAL_TYPE: 'memory', AUDIT_SINKS_FILE_PATH: ` ${directory}/a.log\r\n` }
  const { sinks } = await loadAuditConfig({ directory, env })
  expect(sinks?.map(({ sink }) => sink.name)).toEqual([`file:${directory}/a.log`])
})

/** The variables that Kubernetes makes for a Service with one named port. */
function serviceLinks(service: string, port = '80'): Environment {
  const name = service.toUpperCase().replaceAll('-', '_')
  const address = `tcp://10.96.4.7:${port}`
  return {
    [`${name}_SERVICE_HOST`]: '10.96.4.7',
    [`${name}_SERVICE_PORT`]: port,
    [`${name}_SERVICE_PORT_MAX_EVENTS`]: port,
    [`${name}_PORT`]: address,
    [`${name}_PORT_${port}_TCP`]: address,
    [`${name}_PORT_${port}_TCP_PROTO`]: 'tcp',
    [`${name}_PORT_${port}_TCP_PORT`]: port,
    [`${name}_PORT_${port}_TCP_ADDR`]: '10.96.4.7',
  }
}

const sections = [
  ...new Set(generalKeys.map(({ path }) => path[0]!.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`))),
]

test.each(['audit', ...[...sections, 'sinks', 'sinks-file', 'config', 'directory'].map((section) => `audit-${section}`)])(
  'case 08: a Service called %s has no effect',
  async (service) => {
    const warnings: string[] = []
    const directory = await folderWith()
    const env = { AUDIT_SERVICE: 'flags-api', AUDIT_SINKS_FILE_PATH: 'audit.log', ...serviceLinks(service) }
    const config = await loadAuditConfig({ directory, env, logger: { warn: (message) => warnings.push(message) } })
    expect(config).toEqual({ service: 'flags-api', sinks: [expect.objectContaining({ name: 'file' })] })
    expect(warnings).toEqual([])
  },
)

test("case 08: the application's variables in our sections are logged as warnings", async () => {
  const warnings: string[] = []
  const directory = await folderWith()
  const env = { AUDIT_SERVICE: 'a', AUDIT_QUEUE_URL: 'https://sqs.example.com/1', AUDIT_QUEUE_NAME: 'audit', AUDIT_URL: 'x' }
  expect(await loadAuditConfig({ directory, env, logger: { warn: (message) => warnings.push(message) } })).toEqual({
    service: 'a',
  })
  expect(warnings).toEqual([
    'AUDIT_QUEUE_NAME is not a variable of the audit configuration and has no effect on it.',
    'AUDIT_QUEUE_URL is not a variable of the audit configuration and has no effect on it.',
  ])
})

test('no variable of ours has the form of a Service link', async () => {
  const names = [
    ...generalKeys.map(({ path }) => path),
    ...(['file', 'webhook', 'console', 'sqlite'] as const).flatMap((type) =>
      sinkKeys(type).map(({ path }) => ['sinks', type, ...path]),
    ),
  ].map(variableName)
  for (const name of names) expect(name).not.toMatch(/_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_\w+)?)$/)
})

test('a variable of a header sets one member of the mapping', async () => {
  const env = { AUDIT_SINKS_WEBHOOK_URL: 'http://127.0.0.1:9', AUDIT_SINKS_WEBHOOK_HEADERS_X_API_KEY: 'planted\r\n' }
  expect(await problemsOf(load('service: a', env))).toEqual([expect.stringContaining('x-api-key')])
})

test('no two keys have the same variable', () => {
  const keys = [
    ...generalKeys,
    ...(['file', 'webhook', 'console', 'sqlite'] as const).flatMap((type) =>
      sinkKeys(type).map(({ path }) => ({ path: ['sinks', type, ...path] })),
    ),
  ]
  const names = keys.map(({ path }) => variableName(path))
  expect(new Set(names).size).toBe(names.length)
  expect(names).toEqual(
    expect.arrayContaining(['AUDIT_SERVICE', 'AUDIT_JOURNAL_FREE_SPACE_WARN_BYTES', 'AUDIT_SINKS_WEBHOOK_TLS_SERVER_NAME']),
  )
})
