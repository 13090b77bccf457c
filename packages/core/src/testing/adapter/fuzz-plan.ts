import { fuzzRoutes, type FuzzRoute } from './fuzz-routes.ts'
import { between, oneOf, seededRandom, type Random } from './seeded-random.ts'

/**
 * A part of the application before the handler. `early` and `auth` are middleware of the application, `guard` is of the route.
 */
export type Stage = 'early' | 'auth' | 'guard'

/** Ways in which a stage does not pass on. */
export type Refuses = { readonly how: 'throws' | 'answers'; readonly status: number } | { readonly how: 'redirects' | 'breaks' }

/** Behaviours of a handler. `slow` waits until its client has an answer or has left. */
export type HandlerAct =
  | 'returns'
  | 'returns-nothing'
  | 'redirects'
  | 'throws'
  | 'answers'
  | 'breaks'
  | 'throws-text'
  | 'slow'
  | 'slow-breaks'
  | 'denies'
  | 'records'
  | 'records-at-request-end'
  | 'signs-out'
  | 'unserializable'
  | 'stream'
  | 'broken-stream'

/** One odd request, and what the application will do with it. */
export interface PlannedRequest {
  /** Sent as `x-request-id`; the application finds its plan by it. */
  readonly id: string
  /** Sent as `authorization`. Empty: no one is signed in. */
  readonly user: string
  readonly method: string
  /** The target on the request line, as sent. */
  readonly path: string
  /** The route it is for; undefined if no route matches. */
  readonly route: FuzzRoute | undefined
  readonly key: string
  /** Routers interpret the path differently. */
  readonly isOddPath: boolean
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** The path begins with `/v9`, which the early middleware removes. */
  readonly isRewritten: boolean
  readonly refuses: Partial<Readonly<Record<Stage, Refuses>>>
  readonly handler: HandlerAct
  /** Status for `throws` and `answers`. */
  readonly status: number
  /** A queue between the guard and the handler, which runs it in the context of another request. */
  readonly isQueued: boolean
  /** The action of a middleware or interceptor outside of the handler, after it. `times-out`: while a slow one runs. */
  readonly after: 'passes' | 'throws' | 'times-out'
  readonly client: 'reads' | 'leaves-in-handler' | 'leaves-in-answer'
}

const REFUSALS = [400, 401, 401, 402, 403, 403, 404, 409, 413, 422, 429, 451, 500, 503]
const ANSWERS = [400, 401, 403, 404, 409, 410, 422, 429, 500, 503]
const HANDLERS: readonly HandlerAct[] = [
  'returns',
  'returns',
  'returns',
  'returns-nothing',
  'redirects',
  'throws',
  'throws',
  'answers',
  'breaks',
  'throws-text',
  'slow',
  'slow-breaks',
  'denies',
  'records',
  'records-at-request-end',
  'signs-out',
  'unserializable',
]
/** Keys that every router reads as one segment, and decodes in the same way. */
const KEYS = ['a', 'B-7', 'x.y', '0', '507f1f77bcf86cd799439011', '%C3%BC', 'a%20b', 'a%2Fb', '%22', '%25', '__proto__']
const ODD_KEYS = [
  '%',
  '%E0%A4%A',
  '%ff',
  '%00',
  '..',
  '.',
  'a;b=c',
  'a:b',
  "'",
  '%2e%2e',
  'a//b',
  'ä',
  'constructor',
  'x'.repeat(4_000),
]

/** Plans that many requests, the same for the same seed. */
export function planRequests(seed: number, count: number): readonly PlannedRequest[] {
  const random = seededRandom(seed)
  return Array.from({ length: count }, (_, index) => planned(random, `fuzz-${seed}-${index}`))
}

function planned(random: Random, id: string): PlannedRequest {
  const route = random() < 0.04 ? undefined : oneOf(random, fuzzRoutes)
  const isOddPath = random() < 0.12
  const rawKey = route?.pattern.includes(':key') === false ? '' : oneOf(random, isOddPath ? ODD_KEYS : KEYS)
  const isRewritten = random() < 0.08
  const isQueued = random() < 0.3
  const handler =
    route?.kind === 'stream' ? oneOf(random, ['stream', 'stream', 'broken-stream'] as const) : oneOf(random, HANDLERS)
  const isSlow = handler === 'slow' || handler === 'slow-breaks'
  const after = isSlow && random() < 0.5 ? 'times-out' : random() < 0.12 ? 'throws' : 'passes'
  return {
    id,
    user: random() < 0.15 ? '' : `user-${between(random, 0, 50)}`,
    method: route?.method ?? oneOf(random, ['POST', 'GET', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND']),
    path: pathOf(random, `${isRewritten ? '/v9' : ''}${(route?.pattern ?? '/nowhere/:key').replace(':key', rawKey)}`, isOddPath),
    route,
    key: decoded(rawKey),
    isOddPath,
    ...bodyOf(random, route),
    isRewritten,
    refuses: refusals(random),
    handler,
    status: oneOf(random, ANSWERS),
    isQueued,
    after,
    client: clientOf(random, handler, after),
  }
}

/** The client leaves a broken stream, because Koa 2 keeps the connection open. */
function clientOf(random: Random, handler: HandlerAct, after: PlannedRequest['after']): PlannedRequest['client'] {
  if (handler === 'broken-stream' || (handler === 'stream' && random() < 0.3)) return 'leaves-in-answer'
  return (handler === 'slow' || handler === 'slow-breaks') && after !== 'times-out' ? 'leaves-in-handler' : 'reads'
}

function refusals(random: Random): PlannedRequest['refuses'] {
  if (random() < 0.6) return {}
  const stage = oneOf(random, ['early', 'auth', 'guard', 'guard'] as const)
  const how = oneOf(random, ['throws', 'throws', 'answers', 'redirects', 'breaks'] as const)
  return { [stage]: how === 'throws' || how === 'answers' ? { how, status: oneOf(random, REFUSALS) } : { how } }
}

/** Queries, absolute targets and slashes at the end. */
function pathOf(random: Random, path: string, isOdd: boolean): string {
  const query = random() < 0.2 ? oneOf(random, ['?', '?a=1', '?key=other', '?%E0%A4%A', '?a[__proto__]=1']) : ''
  if (isOdd && random() < 0.2) return `${path}/${query}`
  if (isOdd && random() < 0.2) return `http://127.0.0.1${path}${query}`
  return path + query
}

/** An upgrade asks for `close` as well: a server that does not upgrade would keep the connection, Fastify for 72 seconds. */
function bodyOf(random: Random, route: FuzzRoute | undefined): Pick<PlannedRequest, 'headers' | 'body'> {
  const upgrade = random() < 0.03 ? { connection: 'close, upgrade', upgrade: 'h2c' } : {}
  if (route?.method !== 'POST' || random() < 0.4) return { headers: upgrade, body: '' }
  const body = oneOf(random, ['{}', '{"a":1}', 'x'.repeat(20_000), ''])
  return {
    headers: { ...upgrade, 'content-type': oneOf(random, ['text/plain', 'application/octet-stream', 'text/x-odd']) },
    body,
  }
}

function decoded(key: string): string {
  try {
    return decodeURIComponent(key)
  } catch {
    return key
  }
}
