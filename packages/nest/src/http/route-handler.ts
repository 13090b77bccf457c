import type { ModulesContainer } from '@nestjs/core'
import { checkedMarkOf } from '../decorators/mark.ts'
import { currentRequest } from './audited-request.ts'
import { addRequestArgument, splitArguments } from './request-argument.ts'
import type { RouteHandler } from './route.ts'
import { methodsOf, replaceMethod, type ClassMethod } from '../discovery/methods.ts'

// In: the controllers of an application. Out: each method that answers a route, wrapped on the prototype of its controller, so that
// each subclass of a generic base has its own noun. Runs in the constructor of a module, when all controllers are known and no route
// is registered.

/** Nest copies all metadata of a method to the function that it registers, so a route can find its handler. */
const HANDLER = '@audit/nest.handler'
/** The key of `@RouteConfig()`, the only metadata that Fastify's adapter keeps for a route with parameters. */
const FASTIFY_CONFIG = '__fastify_route_config__'

export function handlerOf(registered: object): RouteHandler | undefined {
  return Reflect.getMetadata(HANDLER, registered) as RouteHandler | undefined
}

export function handlerOfConfig(config: unknown): RouteHandler | undefined {
  return (config as { readonly [HANDLER]?: RouteHandler } | undefined)?.[HANDLER]
}

/** Throws `AUDIT_UNKNOWN_EVENT` for a mark that the audit has no event for. */
export function wrapRouteHandlers(modules: ModulesContainer, audit: object): void {
  for (const { controllers } of modules.values()) {
    for (const controller of controllers.values()) {
      for (const method of methodsOf(controller)) wrap(method, audit)
    }
  }
}

function wrap(given: ClassMethod, audit: object): void {
  const { prototype, key, method: original } = given
  if (!Reflect.hasMetadata('path', original)) return
  const mark = checkedMarkOf(prototype, key, audit)
  // Wrapped already, by another application in this process.
  if (Object.hasOwn(prototype, key) && Reflect.hasOwnMetadata(HANDLER, original)) return
  const { constructor } = prototype
  const handler: RouteHandler = {
    controller: constructor.name,
    method: key,
    mark,
    isHijacked: isHijacked(constructor, key),
    isHosted: Reflect.getMetadata('host', constructor) !== undefined,
    isSse: Reflect.getMetadata('__sse__', original) === true,
  }
  const config = Reflect.getMetadata(FASTIFY_CONFIG, original) as object | undefined
  const requestAt = addRequestArgument(constructor, key)

  function wrapped(this: unknown, ...given: unknown[]): unknown {
    const { args, request = currentRequest.getStore() } = splitArguments(given, requestAt)
    const run = () => original.apply(this, args as unknown[])
    return request?.opens(handler) ? request.handle(args, run) : run()
  }
  replaceMethod(given, wrapped)
  Reflect.defineMetadata(HANDLER, handler, wrapped)
  Reflect.defineMetadata(FASTIFY_CONFIG, { ...config, [HANDLER]: handler }, wrapped)
}

/** True if the method sends the response itself, decided as in Nest. */
function isHijacked(controller: object, key: string): boolean {
  const args = (Reflect.getMetadata('__routeArguments__', controller, key) ?? {}) as object
  // `RouteParamtypes`: RESPONSE is 1, NEXT is 2.
  return Object.keys(args).some((arg) => /^[12]:/.test(arg)) && !Reflect.getMetadata('__responsePassthrough__', controller, key)
}
