import type { Audit } from '@audit/core'
import { checkOptions, internalsOf, parseRouteTable, type RouteTable, type RouteTableOptions } from '@audit/core/adapter'
import type { Context, Middleware } from 'koa'
import type { AuditedOptions } from './audited.ts'
import { AuditedRequest } from './audited-request.ts'
import { requestAudits } from './request-audit.ts'
import { requestReader, type RequestOptions } from './request-reader.ts'
import type { MarkOptions } from './route-mark.ts'
import { mountedRouters, type Routers } from './router-shape.ts'
import { Routes, type RouteHooks } from './routes.ts'

export interface AuditMiddlewareOptions extends RequestOptions {
  /**
   * The router, or a list of all routers. Used to find the audited route of a request that was refused before it. For a router that
   * `koa-mount` mounts: `{ mountPath: '/api', router }`. For an application without a router: `[]`.
   */
  readonly router: Routers
  /** Events of routes that you cannot edit: `{ 'DELETE /flags/:key': 'flag:deleted', '* /auth/(.*)': { exempt: 'why' } }`. */
  readonly routes?: RouteTableOptions<AuditedOptions<unknown>>
}

const rules = {
  router: 'any',
  actor: 'function',
  requestId: 'function',
  tenant: 'function',
  userAgent: 'boolean',
  routes: 'object',
} as const

/** The route table of each router, for the coverage report. */
const tables = new WeakMap<object, RouteTable<MarkOptions>>()

export function tableOf(router: object): RouteTable<MarkOptions> | undefined {
  return tables.get(router)
}

export function createAuditMiddleware(audit: Audit, key: symbol, options: AuditMiddlewareOptions): Middleware {
  checkOptions('auditMiddleware()', options ?? {}, rules)
  const mounts = mountedRouters('auditMiddleware()', options?.router)
  const table = parseRouteTable((options.routes ?? {}) as RouteTableOptions<MarkOptions>, audit)
  for (const { router } of mounts) tables.set(router, table)
  const routes = new Routes(mounts, table, internalsOf(audit))
  routes.check()
  const hooks = hooksOf(key)
  const auditOf = requestAudits(audit)
  const reader = requestReader(options)

  return async function auditMiddleware(ctx, next) {
    // The application is mounted in another one, which audits the request already.
    if (key in ctx) return next()
    routes.connect(hooks)
    const request = new AuditedRequest(audit, reader, routes, ctx)
    ctx[key] = request
    ctx.audit = auditOf(request.within)
    await request.serve(next)
  }
}

/** The hooks do nothing in a second application that uses the router without an audit. */
function hooksOf(key: symbol): RouteHooks {
  const requestOf = (ctx: Context) => ctx[key] as AuditedRequest | undefined
  return {
    match(ctx, route, next) {
      const request = requestOf(ctx)
      return request ? request.match(route, next) : next()
    },
    open(mark, ctx, next) {
      const request = requestOf(ctx)
      return request ? request.open(mark, ctx, next) : next()
    },
    handle(ctx, handler, next) {
      const request = requestOf(ctx)
      return request ? request.handle(ctx, handler, next) : handler(ctx, next)
    },
  }
}
