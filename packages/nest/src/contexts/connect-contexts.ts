import type { ApplicationConfig, ModulesContainer } from '@nestjs/core'
import { setBinding, type AuditBinding } from '../calls/audit-binding.ts'
import { checkedMarkOf } from '../decorators/mark.ts'
import { messageOf } from '../discovery/message.ts'
import { methodsOf, prototypeOf, type Held } from '../discovery/methods.ts'
import { callInterceptor, handlerInterceptor } from './watch-call.ts'
import { watchEnhancersOf, watchGlobalEnhancers, watchIfEnhancer } from './watch-enhancers.ts'
import { wrapMethod } from './wrap-method.ts'

/**
 * Audits an application's GraphQL, RPC and WebSocket handlers and its marked providers, and watches its guards and filters in every
 * context, but does not touch HTTP routes. To be called while modules are constructed, before anything looks for handlers; and again
 * before routes are registered and at bootstrap, for objects that factories have created or the application was given since.
 */
export function connectContexts(modules: ModulesContainer, config: ApplicationConfig, binding: AuditBinding): void {
  for (const { controllers, providers, injectables } of modules.values()) {
    for (const controller of controllers.values()) connectClass(controller, binding, { messagesOnly: true })
    for (const provider of [...providers.values(), ...injectables.values()]) {
      connectClass(provider, binding)
      watchIfEnhancer(provider.instance)
    }
  }
  watchGlobalEnhancers(config)
}

function connectClass(held: Held, binding: AuditBinding, { messagesOnly = false } = {}): void {
  const prototype = prototypeOf(held)
  if (!prototype) return
  watchIfEnhancer(prototype)
  watchEnhancersOf(prototype.constructor)
  for (const given of methodsOf(held)) {
    const { key, method } = given
    watchEnhancersOf(method)
    const isMessage = messageOf(method) !== undefined
    const mark = isMessage || !messagesOnly ? checkedMarkOf(prototype, key, binding.audit) : undefined
    if (mark && 'name' in mark) wrapMethod(given, mark)
    if (isMessage) interceptAround((prototype as Record<string, object>)[key]!)
    if (mark || isMessage) setBinding(prototype.constructor, binding)
  }
}

/** Adds interceptors as the first and the last of the method: they see refusals by the others, and the real run of the handler. */
function interceptAround(method: object): void {
  const others = (Reflect.getMetadata('__interceptors__', method) ?? []) as unknown[]
  if (others.includes(callInterceptor)) return
  Reflect.defineMetadata('__interceptors__', [callInterceptor, ...others, handlerInterceptor], method)
}
