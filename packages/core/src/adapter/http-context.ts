import { randomUUID } from 'node:crypto'
import type { AuditContext } from '../capture/context.ts'
import type { Actor } from '../event/actor.ts'
import type { RequestInfo, Trace } from '../event/event.ts'
import { ask } from './ask.ts'
import { actorAt, actorOfRequest } from './request-actor.ts'

// In: a request of a web framework, and how to read it. Out: the actor, the tenant, the request and the trace of its events.

/** The message of the 503 that refuses an operation, because its fail-closed event cannot be recorded. */
export const UNAVAILABLE = 'This operation is unavailable, because it cannot be audited.'

/** Reads the requests of one application. Created once; called only when an event is recorded, except for `socketIp`. */
export interface RequestReader<R> {
  readonly method: (request: R) => string
  /** The address of the client, as the framework finds it behind proxies. */
  readonly ip: (request: R) => string | undefined
  /** Called when the request begins: a socket keeps its address only if it was read while the socket was connected. */
  readonly socketIp: (request: R) => string | undefined
  /** Undefined if the request does not have the header. The name is in lower case. */
  readonly header: (request: R, name: string) => string | undefined
  /** These three are callbacks of the application. */
  readonly actor: (request: R) => unknown
  readonly tenant?: ((request: R) => string | undefined) | undefined
  readonly requestId?: ((request: R) => string | undefined) | undefined
  readonly userAgent: boolean
}

/** The context of one HTTP request. Its members are functions: a request that records nothing costs nothing. */
export class HttpContext<R> implements AuditContext {
  /** The pattern of the route, never a path. Undefined until a route has matched. */
  route: string | undefined
  readonly #audit: object
  readonly #reader: RequestReader<R>
  readonly #request: R
  readonly #socketIp: string | undefined
  #actorAtBegin: Actor | undefined
  #methodAtBegin: string | undefined
  #id: string | undefined
  #trace: Trace | undefined

  constructor(audit: object, reader: RequestReader<R>, request: R) {
    this.#audit = audit
    this.#reader = reader
    this.#request = request
    this.#socketIp = reader.socketIp(request)
  }

  /**
   * Notes the actor and the method when an operation begins: a logout ends with no one signed in, and a handler may change the
   * method. The first call counts.
   */
  begin(): void {
    this.#actorAtBegin ??= this.#actorNow()
    this.#methodAtBegin ??= this.#reader.method(this.#request)
  }

  /** True if no one was signed in when the operation began. */
  get wasAnonymous(): boolean {
    return this.#actorAtBegin?.id === undefined
  }

  readonly actor = (): Actor => actorOfRequest(this.#actorAtBegin, this.#actorNow())

  readonly tenant = (): string | undefined => this.#reader.tenant?.(this.#request)

  readonly request = (): RequestInfo => {
    const reader = this.#reader
    const method = this.#methodAtBegin ?? reader.method(this.#request)
    const ip = reader.ip(this.#request)
    const userAgent = reader.userAgent ? reader.header(this.#request, 'user-agent') : undefined
    this.#id ??= requestId(this.#givenId())
    const info: { -readonly [K in keyof RequestInfo]: RequestInfo[K] } = { id: this.#id, method }
    if (this.route !== undefined) info.route = this.route
    if (ip) info.ip = ip
    if (this.#socketIp !== undefined && this.#socketIp !== ip) info.socketIp = this.#socketIp
    if (userAgent !== undefined) info.userAgent = userAgent
    return info
  }

  /** The trace of the first call counts: call it while the span of the handler is active. */
  readonly trace = (): Trace | undefined => (this.#trace ??= traceOf(this.#reader.header(this.#request, 'traceparent')))

  #givenId(): unknown {
    const { requestId: given, header } = this.#reader
    return given ? ask(this.#audit, 'the request id', () => given(this.#request)) : header(this.#request, 'x-request-id')
  }

  #actorNow(): Actor {
    const { ip, actor } = this.#reader
    return actorAt(this.#audit, ip(this.#request), () => actor(this.#request))
  }
}

/** True for a stream of Node or of the web, of any realm: it is sent piece by piece. May throw the error of a getter. */
export function isStream(value: object): boolean {
  const { pipe, getReader } = value as { readonly [key: string]: unknown }
  return typeof pipe === 'function' || typeof getReader === 'function'
}

/** Printable ASCII of a length that every log accepts. */
const SANE = /^[\x21-\x7e]{1,128}$/

/** The given id of a request, if it is printable ASCII of at most 128 characters; otherwise a random UUID. */
export function requestId(given: unknown): string {
  return typeof given === 'string' && SANE.test(given) ? given : randomUUID()
}

// The place where all copies of @opentelemetry/api in a process register, and the key of the active span in their contexts
// (`src/internal/global-utils.ts`, `src/trace/context-utils.ts` of version 1). Read here, so that it need not be installed.
const registry = Symbol.for('opentelemetry.js.api.1')
const spanKey = Symbol.for('OpenTelemetry Context Key SPAN')

interface OpenTelemetry {
  readonly context?: { active(): { getValue(key: symbol): { spanContext?(): Partial<Trace> } | undefined } }
}

/** https://www.w3.org/TR/trace-context/#traceparent-header: `ff` is no version, and the first has no members after the flags. */
const TRACEPARENT = /^(?!ff|00.{53}.)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?:-|$)/
const TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/
const SPAN_ID = /^(?!0{16})[0-9a-f]{16}$/

/**
 * The trace of a request: that of the application's OpenTelemetry if it has an active span, else a valid `traceparent`, else
 * undefined. Never throws.
 */
export function traceOf(traceparent: unknown): Trace | undefined {
  return activeSpan() ?? parseTraceparent(traceparent)
}

function activeSpan(): Trace | undefined {
  try {
    const { context } = ((globalThis as Record<symbol, unknown>)[registry] ?? {}) as OpenTelemetry
    return validTrace(context?.active().getValue(spanKey)?.spanContext?.())
  } catch {
    return undefined
  }
}

function parseTraceparent(traceparent: unknown): Trace | undefined {
  if (typeof traceparent !== 'string' || traceparent.length > 512) return undefined
  const [, traceId, spanId] = TRACEPARENT.exec(traceparent.trim()) ?? []
  return validTrace({ traceId, spanId })
}

function validTrace(
  given: { readonly traceId?: string | undefined; readonly spanId?: string | undefined } | undefined,
): Trace | undefined {
  const { traceId = '', spanId = '' } = given ?? {}
  return TRACE_ID.test(traceId) && SPAN_ID.test(spanId) ? { traceId, spanId } : undefined
}
