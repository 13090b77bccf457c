import type { ApplicationConfig, ModulesContainer } from '@nestjs/core'
import { setOwner, type Owner } from '../calls/owner.ts'
import { checkedMarkOf } from '../decorators/mark.ts'
import { messageOf } from '../discovery/message.ts'
import { methodsOf, prototypeOf, type Held } from '../discovery/methods.ts'
import { callInterceptor, handlerInterceptor } from './watch-call.ts'
import { watchEnhancersOf, watchGlobalEnhancers, watchIfEnhancer } from './watch-enhancers.ts'
import { wrapMethod } from './wrap-method.ts'

/**
 * Has an application's GraphQL, RPC and WebSocket handlers and its marked providers audited, and its guards and filters watched in
 * every context. To be called while modules are constructed, before anything looks for handlers, and again before routes are
 * registered and at bootstrap for what factories made and the application was given since. HTTP routes are left alone.
 */
export function connectContexts(modules: ModulesContainer, config: ApplicationConfig, owner: Owner): void {
  for (const { controllers, providers, injectables } of modules.values()) {
    for (const controller of controllers.values()) connectClass(controller, owner, { messagesOnly: true })
    for (const provider of [...providers.values(), ...injectables.values()]) {
      connectClass(provider, owner)
      watchIfEnhancer(provider.instance)
    }
  }
  watchGlobalEnhancers(config)
}

function connectClass(held: Held, owner: Owner, { messagesOnly = false } = {}): void {
  const prototype = prototypeOf(held)
  if (!prototype) return
  watchIfEnhancer(prototype)
  watchEnhancersOf(prototype.constructor)
  for (const given of methodsOf(held)) {
    const { key, method } = given
    watchEnhancersOf(method)
    const isMessage = messageOf(method) !== undefined
    const mark = isMessage || !messagesOnly ? checkedMarkOf(prototype, key, owner.audit) : undefined
    if (mark && 'name' in mark) wrapMethod(given, mark)
    if (isMessage) interceptAround((prototype as Record<string, object>)[key]!)
    if (mark || isMessage) setOwner(prototype.constructor, owner)
  }
}

/** First and last of the method's own: so that it sees what the others refuse, and how the handler is really run. */
function interceptAround(method: object): void {
  const others = (Reflect.getMetadata('__interceptors__', method) ?? []) as unknown[]
  if (others.includes(callInterceptor)) return
  Reflect.defineMetadata('__interceptors__', [callInterceptor, ...others, handlerInterceptor], method)
}
