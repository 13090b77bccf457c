import { AuditError, type Audit } from '@audit/core'
import { internalsOf, parseRouteTable, type RouteTable, type RouteTableOptions } from '@audit/core/adapter'
import type { Middleware } from 'koa'
import { AuditedRequest, type RequestOptions } from './audited-request.ts'
import type { Mark, MarkOptions } from './route-mark.ts'
import { Routes, type MatchingRouter, type MountedRouter, type Routers } from './routes.ts'

export interface AuditMiddlewareOptions extends RequestOptions {
  /**
   * Finds the audited route of a request that was refused before the router; several, if there are. Without it such refusals are
   * not recorded. A router that `koa-mount` mounts: `{ mountPath: '/api', router }`.
   */
  readonly router?: Routers
  /** For routes one may not edit: `{ 'DELETE /flags/:key': 'flag:deleted', '* /login': { exempt: 'why' } }`. Needs the router. */
  readonly routes?: RouteTableOptions<MarkOptions>
}

/** What tables say of routers, for the coverage report. */
const tables = new WeakMap<object, RouteTable<MarkOptions>>()

export function tableOf(router: object): RouteTable<MarkOptions> | undefined {
  return tables.get(router)
}

export function createAuditMiddleware(
  audit: Audit,
  key: symbol,
  middlewareOf: (markOf: (method: string) => Mark | undefined) => object,
  options: AuditMiddlewareOptions,
): Middleware {
  const { router, routes: given = {} } = options
  const table = parseRouteTable(given, audit)
  if (!router && Object.keys(given).length > 0) {
    throw new AuditError('AUDIT_INVALID_OPTIONS', 'auditMiddleware: `routes` needs the router they are of: give `router` too.')
  }
  const routes = router && new Routes(router, table, internalsOf(audit))
  for (const one of [router ?? []].flat() as readonly (MatchingRouter | MountedRouter)[]) {
    tables.set('mountPath' in one ? one.router : one, table)
  }

  return async function auditMiddleware(ctx, next) {
    // In an application that another one mounts, which is audited already.
    if (key in ctx) return next()
    routes?.connect(middlewareOf)
    const request = new AuditedRequest(audit, options, routes, ctx)
    Object.assign(ctx, { [key]: request, audit })
    await audit.run(request, async () => {
      try {
        await next()
      } catch (error) {
        request.threw(error)
        await request.end()
        throw error
      }
      await request.end()
    })
  }
}
