import { appendFileSync, writeFileSync } from 'node:fs'
import { subscribe } from 'node:diagnostics_channel'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { z } from 'zod'
import {
  consoleSink,
  createAudit,
  defineEvents,
  fileJournal,
  memoryDeadLetters,
  memoryJournal,
  SinkError,
  type Schema,
  type Sink,
} from '../src/index.ts'

// A program with secrets in every place where an application may have them, which writes down everything that the library
// outputs. Arguments: the folder to write to, and `guarded` or `control`. The control has one more secret, in a place that cannot
// be recognized as secret.

const [directory = '.', mode = 'guarded'] = process.argv.slice(2)
const planted: string[] = []

/** A new secret, with the place it is put in. */
function secret(where: string): string {
  planted.push(where)
  return `planted-${String(planted.length).padStart(2, '0')}-5d2f`
}

function write(file: string, ...values: unknown[]): void {
  for (const value of values)
    appendFileSync(
      join(directory, file),
      `${typeof value === 'string' ? value : inspect(value, { depth: 10, showHidden: true })}\n`,
    )
}

const audits = new Set<object>()
for (const name of [
  'event.captured',
  'event.invalid',
  'events.recorded',
  'events.lost',
  'journal.failed',
  'journal.recovered',
  'batch.delivered',
  'batch.retried',
  'batch.refused',
  'event.dead-lettered',
  'sink.parked',
  'sink.resumed',
]) {
  subscribe(`audit.${name}`, (message) => {
    // The audit itself is written only once: with its catalog it is a megabyte of text.
    const { audit, ...rest } = message as { readonly audit: object }
    const isNew = !audits.has(audit)
    audits.add(audit)
    write('diagnostics.txt', `audit.${name}`, isNew ? message : rest, JSON.stringify(message))
  })
}

class Credentials {
  readonly user = 'ada'
  readonly password = secret('a class instance, by key')
  readonly #hidden = secret('a private field')
  get shown(): string {
    return this.#hidden
  }
}
class PaymentError extends Error {
  readonly card = secret('own property of an error')
  readonly response = { body: secret('deep in an error') }
}

function failure(where: string): Error {
  const error = new PaymentError(secret(`message of an error: ${where}`), {
    cause: new Error(secret(`cause of an error: ${where}`)),
  })
  error.stack = `PaymentError: ${secret(`stack of an error: ${where}`)}\n    at somewhere`
  return error
}
function failing(where: string): never {
  throw failure(where)
}

function asynchronous(validate: () => Promise<never>): Schema {
  return { '~standard': { version: 1, vendor: 'test', validate } }
}

const pointed = { payload: z.any(), redact: ['/profile/birth', '/cards/*/digits', '/*/inner/note', '/names/*', '/map/nick'] }
const events = defineEvents({
  user: { created: z.any(), updated: pointed, targeted: { payload: z.any(), target: () => failing('target') } },
  order: {
    typed: z.object({ amount: z.number() }),
    chosen: z.object({ kind: z.enum(['a', 'b']) }),
    joined: z.object({ one: z.union([z.number(), z.boolean()]) }),
    matched: z.object({ code: z.string().regex(/^\d+$/) }),
    closed: z.strictObject({ id: z.number() }),
    refined: z
      .object({ a: z.string(), b: z.string() })
      .refine(({ a, b }) => a === b, { error: ({ input }) => `not ${JSON.stringify(input)}` }),
    keyed: z.record(z.string().max(3), z.number()),
    transformed: z
      .string()
      .transform((text) => JSON.parse(text) as unknown)
      .pipe(z.object({ total: z.number() })),
    mapped: z.map(z.string().max(3), z.number()),
    listed: z.array(z.number()),
    thrown: z.any().transform(() => failing('schema')),
    promised: asynchronous(async () => failing('asynchronous schema')),
    demanded: { payload: z.object({ amount: z.number() }), strict: true },
    guarded: { payload: z.object({ amount: z.number() }), failMode: 'closed' },
  },
})

const fileSink: Sink = { name: 'file', write: async ({ lines }) => write('trail.ndjson', ...lines) }
let failures = 0
/** Its error quotes the text that it could not store, and its destination. */
const failingSink: Sink = {
  name: 'failing',
  async write({ lines }) {
    if (failures++ < 3) throw Object.assign(new Error(`could not store ${lines.join()}`), { config: { lines } })
    write('failing.ndjson', ...lines)
  },
}
const refusingSink: Sink = {
  name: 'refusing',
  async write({ lines, events: batch }) {
    const refused = batch.flatMap(({ type }, index) => (type === 'audit' ? [] : [index]))
    if (refused.length > 0) throw new SinkError(`Refused ${lines.length} events.`, { refused, cause: new Error(lines.join()) })
  },
}
const passwordOfSink = secret('an error of a sink')
const loginSink: Sink = {
  name: 'login',
  write: async () => {
    throw new Error(`postgres://audit:${passwordOfSink}@db`)
  },
}

const logger = {
  warn: (message: string) => write('logger.txt', message),
  error: (message: string) => write('logger.txt', message),
}
const deadLetters = memoryDeadLetters()
const audit = createAudit({
  service: 'planted',
  events,
  deadLetters,
  journal: fileJournal({ directory: join(directory, 'journal') }),
  sinks: [
    fileSink,
    consoleSink(),
    consoleSink({ name: 'terminal', stream: process.stderr, format: 'readable', colour: true }),
    failingSink,
    refusingSink,
    loginSink,
  ].map((sink) => ({ sink, retry: { minDelayMs: 10, maxDelayMs: 20 } })),
  enrich: [() => ({ release: { apiKey: secret('what an enricher adds') } }), () => failing('enricher')],
  redaction: { keys: ['badge number'] },
  logger,
})

async function told(promise: Promise<unknown>): Promise<void> {
  await promise.then(
    (receipt) => write('receipts.txt', receipt),
    (error: unknown) => write('errors.txt', error, String(error), JSON.stringify(error)),
  )
}

// By key, in every kind of holder.
await told(
  audit.record('user:created', {
    password: secret('a key'),
    nested: { deep: { client_secret: secret('a nested key') } },
    list: [{ apiKey: secret('a key in a list') }],
    map: new Map<string, unknown>([
      ['access_token', secret('a key of a Map')],
      ['inner', { pin: secret('below a Map') }],
    ]),
    set: new Set([{ authorization: secret('below a Set') }]),
    keys: new Map([[{ passphrase: secret('in a key of a Map') }, 1]]),
    credentials: new Credentials(),
    bare: Object.assign(Object.create(null) as object, { privateKey: secret('an object without prototype') }),
    whole: { token: { kind: 'jwt', parts: [secret('below a secret key')] } },
    form: { 'user[password]': secret('a key with brackets') },
    bytes: { secret: Buffer.from(secret('bytes')) },
    badgeNumber: secret('a key of the application'),
    long: { [`${'k'.repeat(400)}_password`]: secret('a very long key') },
    huge: { password: secret('a long text').repeat(1_000) },
    urls: [
      new URL(`https://ada:${secret('the password of a URL')}@example.com/`),
      new URL(`https://example.com/?access_token=${secret('the query of a URL')}&page=1`),
      new URL(`https://example.com/#id_token=${secret('the hash of a URL')}`),
      new URL(`https://ada:${secret('the password of a URL that is too long')}@example.com/?q=${'x'.repeat(10_000)}`),
    ],
    get computed(): string {
      return secret('a getter')
    },
    toJSON: () => ({ note: secret('toJSON') }),
    [Symbol('hidden')]: secret('a symbol key'),
    error: failure('payload'),
  }),
)

// By pointer, in the payload and the state before.
const pointedAt = () => ({
  profile: { birth: secret('a pointer') },
  cards: [{ digits: secret('a pointer through *') }, { digits: secret('a pointer through *, again') }],
  other: { inner: { note: secret('a pointer that begins with *') } },
  names: new Set([secret('a pointer into a Set')]),
  map: new Map([['nick', secret('a pointer into a Map')]]),
})
await told(audit.record('user:updated', pointedAt(), { before: pointedAt() }))
await told(audit.record('user:updated', { profile: null, cards: [] }, { before: pointedAt() }))
await told(
  audit.record(
    'user:created',
    { a: 1, password: secret('a changed key') },
    { before: { a: 2, password: secret('a key, before'), gone: { token: secret('a removed key') } } },
  ),
)

// In the metadata of an event.
await audit.run(
  {
    actor: { authentication: 'token', id: 'u1', token: secret('an actor') } as never,
    request: {
      id: 'r1',
      headers: {
        authorization: secret('a header'),
        Cookie: secret('a cookie'),
        'x-api-key': secret('a key header'),
        'set-cookie': [secret('a set-cookie')],
      },
      cookies: { sid: secret('a parsed cookie') },
      url: new URL(`https://example.com/?token=${secret('the URL of a request')}`),
    } as never,
  },
  async () => {
    await told(audit.record('user:created', 1))
    await told(audit.denied('user:created', { payload: { otp: secret('a denial') }, error: failure('denied') }))
    await told(audit.attempt('user:updated', pointedAt(), () => failing('attempt')).catch(() => 'rethrown to its owner'))
    const open = await audit.begin('user:updated', pointedAt())
    open.annotate({ payload: pointedAt(), before: pointedAt() })
    await told(open.fail(failure('fail')))
  },
)
await audit.run({ actor: () => failing('actor') }, () =>
  told(audit.record('user:created', 1, { status: 'failure', error: failure('record') })),
)
await told(audit.record('user:targeted', { id: 1 }))

// In payloads that do not fit.
const misfits: readonly (readonly [string, unknown])[] = [
  ['order:typed', { amount: secret('wrong type') }],
  ['order:chosen', { kind: secret('no member of the enum') }],
  ['order:joined', { one: { two: secret('none of the union') } }],
  ['order:matched', { code: secret('no match') }],
  ['order:closed', { id: 1, more: secret('an unknown key'), [secret('unknown key itself')]: 1 }],
  ['order:refined', { a: secret('refined at the root'), b: 'x' }],
  ['order:keyed', { [secret('key of a record')]: 1 }],
  ['order:transformed', `{"total":"${secret('inside a text that is parsed')}"}`],
  ['order:mapped', new Map([[secret('key of a Map that does not fit'), 1]])],
  ['order:listed', [1, secret('member of a list')]],
  ['order:thrown', { a: secret('payload of a schema that throws') }],
  ['order:promised', secret('payload of an asynchronous schema')],
  ['order:demanded', { amount: secret('a strict event') }],
  ['order:guarded', { amount: secret('a closed event') }],
]
for (const [name, payload] of misfits) {
  await told(audit.record(name as never, payload as never, { before: payload }))
  const open = await audit.begin(name as never)
  await told(open.succeed(payload as never))
}
await told(audit.record('user:creatd' as never, { password: secret('an event that does not exist') } as never))

if (mode === 'control') await told(audit.record('user:created', { note: secret('under an innocent key') }))

await told(audit.flush({ timeoutMs: 2_000 }))
write('state.txt', audit.health(), audit.stats())
write('dead-letters.txt', ...(await deadLetters.list()))
await audit.close({ timeoutMs: 500 })

// A journal that fails with every detail in its error.
const inner = memoryJournal()
const broken = createAudit({
  service: 'broken',
  events,
  logger,
  maxWaitMs: 50,
  journal: {
    open: (options) => inner.open(options),
    append: async (batch) => failing(`journal, ${batch.length} events`),
    cursor: (name, options) => inner.cursor(name, options),
    status: () => inner.status(),
    close: () => inner.close(),
  },
})
await told(broken.record('user:created', { password: secret('an event that is lost') }))
await told(broken.record('order:guarded', { amount: 1 }))
write('state.txt', broken.health())
await broken.close({ timeoutMs: 50 })

writeFileSync(join(directory, '..', 'planted.json'), JSON.stringify({ planted, ofSink: passwordOfSink }))
