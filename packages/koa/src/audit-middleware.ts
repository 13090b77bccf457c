import { randomUUID } from 'node:crypto'
import type { Actor, Audit, OpenEvent, Receipt } from '@audit/core'
import type { Context, Middleware } from 'koa'
import { asked } from './asked.ts'
import { setRequestState, type RequestState } from './request-state.ts'
import { findRoute, type FoundRoute, type MatchingRouter, type RouteMark } from './route-mark.ts'

export interface AuditMiddlewareOptions {
  /** Finds the audited route of a request that was refused before the router. Without it such refusals are not recorded. */
  readonly router?: MatchingRouter
  /**
   * Who acts; asked when an event is recorded, so authentication may come later. Nobody: `undefined`. `ip` is added from
   * `ctx.ip`.
   */
  readonly actor?: (ctx: Context) => Actor | undefined
  /** Default: the `x-request-id` header. What is not printable, or longer than 128 characters, gives way to a random UUID. */
  readonly requestId?: (ctx: Context) => string
  /** Asked when an event is recorded, like the actor. */
  readonly tenant?: (ctx: Context) => string | undefined
}

/** Printable ASCII of a length that no log minds. */
const SANE_ID = /^[\x21-\x7e]{1,128}$/

export function createAuditMiddleware(audit: Audit, options: AuditMiddlewareOptions = {}): Middleware {
  return async function auditMiddleware(ctx, next) {
    const request = { id: requestId(ctx, options), method: ctx.method, ip: ctx.ip }
    const state: RequestState = { request, phase: 'unopened' }
    setRequestState(ctx, state)
    ctx['audit'] = audit
    const tenant = () => options.tenant?.(ctx)
    await audit.run({ actor: () => actorOf(ctx, options), tenant, request }, async () => {
      try {
        await next()
      } catch (error) {
        state.error = error
        await settle(ctx, state)
        throw error
      }
      await settle(ctx, state)
    })
  }

  async function settle(ctx: Context, state: RequestState): Promise<void> {
    if (state.phase === 'open') return settleOpen(ctx, state.event!, state)
    const status = state.error === undefined ? ctx.status : statusOf(state.error)
    const found = state.phase === 'unopened' && status >= 400 ? findRoute(options.router, ctx) : undefined
    if (found) recordRefused(ctx, state, found, status)
  }

  async function settleOpen(ctx: Context, event: OpenEvent, state: RequestState): Promise<void> {
    const outcome = audit.run({ request: state.request }, () => outcomeOf(ctx, event, state))
    // Only what must not go unrecorded keeps the answer waiting, and only within the audit's `maxWaitMs`.
    if (event.attempt !== undefined) await outcome
  }

  function outcomeOf(ctx: Context, event: OpenEvent, { error, mark }: RequestState): Promise<Receipt> {
    if (error !== undefined) return event.fail(error)
    if (ctx.status >= 400) return event.fail({ kind: 'HttpStatus', status: ctx.status }, reasonOf(ctx.status))
    return event.succeed(event.settled ? undefined : payloadOf(ctx, event, mark))
  }

  /** The route never ran, so all there is to tell is what was asked for, by whom, and that it was refused. */
  function recordRefused(ctx: Context, state: RequestState, { mark, route, params }: FoundRoute, status: number): void {
    const isDenied = status === 401 || status === 403
    const target = asked(() => mark.target?.(Object.assign(Object.create(ctx) as Context, { params })))
    const refusal = {
      ...(target !== undefined && { target }),
      reason: reasonOf(status),
      error: state.error ?? { kind: 'HttpStatus', status },
    }
    audit.run({ request: { ...state.request, route } }, () => {
      if (isDenied) void audit.denied(mark.name, refusal)
      else void audit.record(mark.name, null, { ...refusal, status: 'failure' })
    })
  }
}

function requestId(ctx: Context, options: AuditMiddlewareOptions): string {
  const given = options.requestId ? asked(() => options.requestId!(ctx)) : ctx.get('x-request-id')
  return given !== undefined && SANE_ID.test(given) ? given : randomUUID()
}

function actorOf(ctx: Context, options: AuditMiddlewareOptions): Actor {
  try {
    return { authentication: 'none', ip: ctx.ip, ...options.actor?.(ctx) }
  } catch {
    // Where they came from is known, whoever they are.
    return { authentication: 'unknown', ip: ctx.ip }
  }
}

/** A payload that cannot be had makes the event invalid; it must not make the request fail. */
function payloadOf(ctx: Context, event: OpenEvent, mark: RouteMark | undefined): unknown {
  if (mark?.payload) return asked(() => mark.payload!(ctx))
  return event.payload ?? (isMembers(ctx.body) ? ctx.body : undefined)
}

function isMembers(body: unknown): boolean {
  return typeof body === 'object' && body !== null && !('pipe' in body) && !Buffer.isBuffer(body)
}

/** As Koa's own error handler answers. */
function statusOf(error: unknown): number {
  const status = (error as { status?: unknown } | null)?.status
  return typeof status === 'number' ? status : 500
}

function reasonOf(status: number): string {
  return status === 401 ? 'unauthenticated' : status === 403 ? 'forbidden' : `status-${status}`
}
