import type { Actor, AuditContext, RequestInfo, Trace } from '@audit/core'
import { actorAt, actorOfRequest, requestId, traceOf } from '@audit/core/adapter'
import { httpSource } from '../calls/call-source.ts'
import type { Owner } from '../calls/owner.ts'

/** Who asked, through which request. Functions alone, asked when an event is recorded: one that records nothing costs nothing. */
export class RequestContext implements AuditContext {
  /** Once it is known. */
  route: string | undefined
  readonly #owner: Owner
  readonly #request: any
  readonly #socketIp: string | undefined
  /** The actor when the handler began: after a logout no one is signed in. */
  #actorAtBegin: Actor | undefined
  /** The method that the handler was found by; a handler may change it. */
  #methodAtBegin: string | undefined
  #id: string | undefined
  #trace: Trace | undefined

  constructor(owner: Owner, request: any) {
    this.#owner = owner
    this.#request = request
    // A socket remembers its address only if it was asked while it was connected.
    this.#socketIp = (request.raw ?? request).socket?.remoteAddress
  }

  readonly actor = (): Actor => actorOfRequest(this.#actorAtBegin, this.#actorNow())

  /** The handler begins. */
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
    return { id: this.#id, method, route: this.route, ip, socketIp } as RequestInfo
  }

  /** Asked first while the handler's span is the active one, if there is a handler. */
  readonly trace = (): Trace | undefined => (this.#trace ??= traceOf(this.#request.headers['traceparent']))
}
