import { isIP } from 'node:net'
import { nearest } from '@audit/core/internal'
import { AuditError, type AuditEvent, type EventFormat, type Status } from '@audit/core/sink'
import { z } from 'zod'
import { acceptsProblem, type Accepts } from './accepted-answer.ts'
import { headerProblems } from './header-problems.ts'
import type { ConnectionOptions } from './connection.ts'
import type { Encoding } from './encode.ts'
import { functionBody } from './function-body.ts'
import { publicUrlProblem } from './public-network/public-url.ts'
import { secureContextOf, type Pem, type WebhookTlsOptions } from './secure-context.ts'
import { signer, type Sign } from './signer.ts'
import { compileTemplate } from './template/compile-template.ts'

export interface WebhookSinkOptions {
  /** The receiver's address: http or https, without credentials. */
  readonly url: string | URL
  /**
   * Signs each request as in Standard Webhooks: `whsec_…` and `whsk_…`; several sign at the same time while one replaces another.
   */
  readonly secret?: string | readonly string[]
  /** Signs each request in another way than `secret`, for receivers that know only that. */
  readonly sign?: Sign
  /**
   * A format of another system, one request per event. It decides which statuses the sink gets. Default: the event as it was
   * sealed.
   */
  readonly format?: EventFormat
  /**
   * One request per batch, as a JSON array or as NDJSON; or one per event, which is slower, for receivers that take one. Default
   * `array`.
   */
  readonly encoding?: 'array' | 'ndjson' | 'event'
  /**
   * A message to send instead of the event, one request per event: JSON text with `{{ }}`, or a function whose result is sent as
   * JSON.
   */
  readonly body?: string | ((event: AuditEvent) => unknown)
  /** With `body`: the statuses for which the message is sent. Default `['success']`: a message rarely covers the other ones. */
  readonly statuses?: readonly Status[]
  /**
   * For receivers that may answer 2xx and still refuse events, such as `_bulk` of Elasticsearch or OTLP: judges the body of the
   * answer, parsed if it is JSON. See `Accepts` for its results. Without it a 2xx means that everything is stored.
   */
  readonly accepts?: Accepts
  /** Further headers, such as `authorization`. */
  readonly headers?: Readonly<Record<string, string>>
  /** `public`: for URLs from strangers. Only https, and only public addresses, however they are written or resolved. */
  readonly allow?: 'any' | 'public'
  readonly tls?: WebhookTlsOptions
  /** The time limit for the connection, including DNS and TLS. Default 5,000. */
  readonly connectTimeoutMs?: number
  /** The time limit from the request to the last header of the answer. Default 10,000. */
  readonly headersTimeoutMs?: number
  /** The time limit for a whole request. Default 15,000. The audit's deadline for a try ends it too. */
  readonly timeoutMs?: number
  /** Default: `webhook:` and the host. Never the path: it may be secret. */
  readonly name?: string
}

/** The options with every default filled in. */
export interface ResolvedWebhookSinkOptions extends ConnectionOptions {
  readonly name: string
  readonly statuses?: readonly Status[] | undefined
  readonly encoding: Encoding
  readonly systemEvents?: boolean | undefined
  /** Keys are in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly sign?: Sign | undefined
  readonly accepts?: Accepts | undefined
}

const pem = z.custom<Pem>((value) => Buffer.isBuffer(value) || (typeof value === 'string' && value !== ''), 'give PEM text')
const timeoutMs = z.int().min(1).max(600_000)
const tls = z.strictObject({
  ca: z.union([pem, z.array(pem).min(1)]).optional(),
  cert: pem.optional(),
  key: pem.optional(),
  passphrase: z.string().optional(),
  serverName: z
    .string()
    .refine((name) => name !== '' && !isIP(name), 'give a host name, not an address')
    .optional(),
})
const options = z.strictObject({
  url: z.union([z.string(), z.instanceof(URL)], 'give a text or a URL'),
  secret: z.union([z.string(), z.array(z.string()).min(1)], 'give a text, or a list of at least one').optional(),
  sign: z.custom<Sign>((value) => typeof value === 'function', 'give a function that returns headers').optional(),
  format: z
    .custom<EventFormat>((value) => typeof (value as EventFormat | null)?.encode === 'function', "give an object with 'encode'")
    .optional(),
  encoding: z.enum(['array', 'ndjson', 'event']).optional(),
  body: z
    .custom<string | ((event: AuditEvent) => unknown)>(
      (value) => typeof value === 'function' || (typeof value === 'string' && value !== ''),
      'give a text or a function',
    )
    .optional(),
  statuses: z
    .array(z.enum(['attempted', 'success', 'failure', 'denied']))
    .min(1)
    .optional(),
  accepts: z.custom<Accepts>((value) => typeof value === 'function', 'give a function of the body of an answer').optional(),
  headers: z.record(z.string(), z.string()).default({}),
  allow: z.enum(['any', 'public']).default('any'),
  tls: tls.optional(),
  connectTimeoutMs: timeoutMs.default(5_000),
  headersTimeoutMs: timeoutMs.default(10_000),
  timeoutMs: timeoutMs.default(15_000),
  name: z.string().min(1).max(256).optional(),
})
type ParsedOptions = z.output<typeof options>

/** Throws one `AUDIT_INVALID_OPTIONS` that lists all problems and shows no value of any option. */
export function resolveWebhookSinkOptions(given: WebhookSinkOptions): ResolvedWebhookSinkOptions {
  const parsed = options.safeParse(given)
  if (!parsed.success) throw invalid(parsed.error.issues.flatMap(problemsOf))
  const { data } = parsed
  const url = URL.parse(String(data.url))
  const problems = [...urlProblems(url, data), ...combinationProblems(data), ...headerProblems(data.headers)]
  // An explicit undefined is a missing variable: sending unsigned must be intended.
  for (const key of ['secret', 'sign'] as const)
    if (key in given && given[key] === undefined) problems.push(`${key}: it is undefined; leave it out to send unsigned`)
  const part = <T>(name: string, make: () => T): T | undefined => {
    try {
      return make()
    } catch (error) {
      problems.push(`${name}: ${(error as Error).message}`)
      return undefined
    }
  }
  const sign = part('secret', () => (data.secret === undefined ? data.sign : signer(data.secret)))
  const secureContext = part('tls', () => (url?.protocol === 'https:' ? secureContextOf(data.tls) : undefined))
  const encoding = part('body', () => encodingOf(data))
  if (!url || !encoding || problems.length > 0) throw invalid(problems)
  const { accepts, allow, connectTimeoutMs, headersTimeoutMs, timeoutMs } = data
  return {
    url,
    allow,
    connectTimeoutMs,
    headersTimeoutMs,
    timeoutMs,
    headers: Object.fromEntries(Object.entries(data.headers).map(([name, value]) => [name.toLowerCase(), value])),
    encoding,
    systemEvents: data.format?.systemEvents,
    accepts,
    readsBody: accepts !== undefined,
    sign,
    secureContext,
    serverName: data.tls?.serverName,
    name: data.name ?? `webhook:${url.host}`,
    statuses: statusesOf(data),
  }
}

function urlProblems(url: URL | null, { tls, allow, accepts }: ParsedOptions): readonly string[] {
  if (!url || !/^https?:$/.test(url.protocol)) return ['url: give an http:// or https:// URL']
  const notPublic = allow === 'public' ? publicUrlProblem(url) : undefined
  if (notPublic !== undefined) return [`url: ${notPublic}`]
  const unread = accepts === undefined ? acceptsProblem(url) : undefined
  return [
    ...(unread === undefined ? [] : [unread]),
    ...(url.username || url.password ? ["url: there are credentials in it; give them in 'headers', as authorization"] : []),
    ...(tls && url.protocol === 'http:' ? ['tls: there is no TLS with an http:// URL'] : []),
  ]
}

function combinationProblems({ secret, sign, format, encoding, body, statuses }: ParsedOptions): readonly string[] {
  return [
    ...(secret !== undefined && sign !== undefined ? ["sign: give either 'secret' or 'sign'"] : []),
    ...(encoding && (format ?? body) !== undefined
      ? ["encoding: leave it out with 'body' or 'format', which send one event per request"]
      : []),
    ...(format !== undefined && body !== undefined ? ["body: give either 'body' or 'format'"] : []),
    ...(statuses && body === undefined
      ? ["statuses: give them with 'body' only; to choose events, wrap the sink: { sink, statuses }"]
      : []),
  ]
}

function encodingOf({ format, encoding, body }: ParsedOptions): Encoding {
  if (typeof body === 'function') return { encode: functionBody(body) }
  if (body !== undefined) return { encode: compileTemplate(body) }
  return format ?? (encoding === 'event' ? { encode: (_event, line) => line } : (encoding ?? 'array'))
}

/** The statuses that the format can express correctly; the sink receives no others. */
function statusesOf({ format, body, statuses }: ParsedOptions): readonly Status[] | undefined {
  return body === undefined ? format?.statuses : (statuses ?? ['success'])
}

function problemsOf(issue: z.core.$ZodIssue): readonly string[] {
  const place = issue.path.join('.')
  if (issue.code !== 'unrecognized_keys') return [`${place || 'options'}: ${issue.message}`]
  const known = Object.keys(place === 'tls' ? tls.shape : options.shape)
  return issue.keys.map((key) => {
    const meant = nearest(key, known)
    return `${[...issue.path, key].join('.')}: there is no such option${meant ? `; did you mean '${meant}'?` : ''}`
  })
}

function invalid(problems: readonly string[]): AuditError {
  return new AuditError('AUDIT_INVALID_OPTIONS', `The options of webhookSink are wrong: ${problems.join('; ')}.`, { problems })
}
