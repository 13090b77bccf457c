import { AuditError } from '@audit/core'

/** The part of `@koa/router` that is used here. */
export interface MatchingRouter {
  readonly stack: readonly RouterLayer[]
  match(path: string, method: string): { readonly pathAndMethod: readonly RouterLayer[] }
}

/** A router in an application that `koa-mount` mounts. */
export interface MountedRouter {
  readonly mountPath: string
  readonly router: MatchingRouter
}

export type Routers = MatchingRouter | MountedRouter | readonly (MatchingRouter | MountedRouter)[]

export interface RouterLayer {
  readonly path: string | RegExp
  /** Empty for `router.use()`. */
  readonly methods: readonly string[]
  stack: RouteFunction[]
  captures(path: string): string[]
  params(path: string, captures: string[]): Record<string, string>
}

export type RouteFunction = (ctx: any, next: () => Promise<unknown>) => unknown

/**
 * Returns the routers with their mount paths. Throws `AUDIT_INVALID_OPTIONS` for anything but a router, because denials would be missing.
 */
export function mountedRouters(where: string, given: unknown): readonly MountedRouter[] {
  const list = Array.isArray(given) ? given : [given]
  const problems = list.flatMap((one: unknown, index) => {
    const problem = problemOf(one)
    return problem ? [`${where}: router${Array.isArray(given) ? `[${index}]` : ''} ${problem}`] : []
  })
  if (problems.length > 0) throw new AuditError('AUDIT_INVALID_OPTIONS', problems.join('\n'), { problems })
  return list.map((one: MatchingRouter | MountedRouter) =>
    'mountPath' in one ? { mountPath: one.mountPath.replace(/\/+$/, ''), router: one.router } : { mountPath: '', router: one },
  )
}

function problemOf(given: unknown): string | undefined {
  if (given === undefined || given === null) {
    return (
      `is ${given}. Give the router, or all of them as a list. If a circular import leaves it undefined, create the router in a module of ` +
      'its own. An application without a router gives [].'
    )
  }
  if (typeof given !== 'object' && typeof given !== 'function') return `is a ${typeof given}. Give the router itself.`
  if ('mountPath' in given) return problemOfMount(given as Partial<MountedRouter>)
  if (isRouter(given)) return undefined
  const { router, middleware, callback } = given as { readonly [key: string]: unknown }
  if (typeof given === 'function' && isRouter(router)) return 'is router.routes(). Give the router itself.'
  if (isRouter(router)) return "is a wrapper around a router. Give its '.router'."
  if (Array.isArray(middleware) && typeof callback === 'function') return 'is a Koa application. Give the router that it uses.'
  return "is not a router of '@koa/router': it has no 'stack' and 'match'."
}

function problemOfMount({ mountPath, router }: Partial<MountedRouter>): string | undefined {
  if (typeof mountPath !== 'string' || !mountPath.startsWith('/')) return "has a mountPath that does not begin with '/'."
  return problemOf(router)
}

function isRouter(given: unknown): given is MatchingRouter {
  const { stack, match } = (given ?? {}) as Partial<MatchingRouter>
  return Array.isArray(stack) && typeof match === 'function'
}
