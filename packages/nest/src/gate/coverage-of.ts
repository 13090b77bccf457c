import type { RouteCoverage } from '@audit/core/adapter'
import type { ModulesContainer } from '@nestjs/core'
import { markOf, type Mark } from '../decorators/mark.ts'
import { messageOf } from '../discovery/message.ts'
import { methodsOf } from '../discovery/methods.ts'
import type { Platform } from '../http/platform.ts'

/** Every route as the platform has it, and every message and GraphQL operation, each with what the recording itself goes by. */
export function* coverageOf(platform: Platform | undefined, modules: ModulesContainer): Iterable<RouteCoverage> {
  for (const route of platform?.routes() ?? []) {
    const { pattern, methods, handler } = route
    const name = handler && `${handler.controller}.${handler.method}`
    for (const method of methods) yield { method, route: pattern, ...(name && { handler: name }), ...said(route.markFor(method)) }
  }
  for (const { controllers, providers } of modules.values()) {
    for (const held of [...controllers.values(), ...providers.values()]) {
      for (const { prototype, key, method } of methodsOf(held)) {
        const message = messageOf(method)
        if (message) yield { ...message, handler: `${prototype.constructor.name}.${key}`, ...said(markOf(prototype, key)) }
      }
    }
  }
}

function said(mark: Mark | undefined): Pick<RouteCoverage, 'event' | 'exempt'> {
  if (!mark) return {}
  return 'exempt' in mark ? { exempt: mark.exempt } : { event: mark.name }
}
