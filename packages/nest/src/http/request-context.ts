import type { Actor, AuditContext, RequestInfo } from '@audit/core'
import { type Trace, actorAt, actorOfRequest, requestId, traceOf } from '@audit/core/adapter'
import { httpSource } from '../calls/call-source.ts'
import type { Owner } from '../calls/owner.ts'

/** The actor and the request, evaluated only when an event is recorded: a request that records nothing costs nothing. */
export class RequestContext implements AuditContext {
  /** Undefined until a route is reached. */
  route: string | undefined
  readonly #owner: Owner
  readonly #request: any
  readonly #socketIp: string | undefined
  /** The actor when the handler began: after a logout no one is signed in. */
  #actorAtBegin: Actor | undefined
  /** The method by which the handler was found; a handler may change it. */
  #methodAtBegin: string | undefined
  #id: string | undefined
  #trace: Trace | undefined

  constructor(owner: Owner, request: any) {
    this.#owner = owner
    this.#request = request
    // A socket keeps its address only if it was read while the socket was connected.
    this.#socketIp = (request.raw ?? request).socket?.remoteAddress
  }

  readonly actor = (): Actor => actorOfRequest(this.#actorAtBegin, this.#actorNow())

  /** Notes the actor and the method when the handler begins. */
  begin(): void {
    this.#actorAtBegin = this.#actorNow()
    this.#methodAtBegin = this.#request.method
  }

  #actorNow(): Actor {
    const { audit, actor } = this.#owner
    return actorAt(audit, this.#request.ip, () => actor(httpSource(this.#request)))
  }

  readonly tenant = (): string | undefined => this.#owner.tenant?.(httpSource(this.#request))

  readonly request = (): RequestInfo => {
    const { ip, headers } = this.#request
    const method: string = this.#methodAtBegin ?? this.#request.method
    this.#id ??= requestId(this.#owner.requestId ? this.#owner.requestId(this.#request) : headers['x-request-id'])
    const socketIp = this.#socketIp === ip ? undefined : this.#socketIp
    const userAgent = this.#owner.userAgent ? headers['user-agent'] : undefined
    return { id: this.#id, method, route: this.route, ip, socketIp, userAgent } as RequestInfo
  }

  /** First called while the span of the handler is active, if there is a handler. */
  readonly trace = (): Trace | undefined => (this.#trace ??= traceOf(this.#request.headers['traceparent']))
}
