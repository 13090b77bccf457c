import type { RouteCoverage } from '@audit/core/adapter'
import type { ModulesContainer } from '@nestjs/core'
import { markOf, type Mark } from '../decorators/mark.ts'
import { messageOf } from '../discovery/message.ts'
import { methodsOf } from '../discovery/methods.ts'
import type { Platform } from '../http/platform.ts'

/** Lists every route of the platform, every message and every GraphQL operation, each with the mark that recording uses. */
export function* coverageOf(platform: Platform | undefined, modules: ModulesContainer): Iterable<RouteCoverage> {
  for (const route of platform?.routes() ?? []) {
    const { pattern, methods, handler } = route
    const name = handler && `${handler.controller}.${handler.method}`
    for (const method of methods)
      yield { method, route: pattern, ...(name && { handler: name }), ...markColumns(route.markFor(method)) }
  }
  for (const { controllers, providers } of modules.values()) {
    for (const held of [...controllers.values(), ...providers.values()]) {
      for (const { prototype, key, method } of methodsOf(held)) {
        const message = messageOf(method)
        if (message) yield { ...message, handler: `${prototype.constructor.name}.${key}`, ...markColumns(markOf(prototype, key)) }
      }
    }
  }
}

function markColumns(mark: Mark | undefined): Pick<RouteCoverage, 'event' | 'exempt'> {
  if (!mark) return {}
  return 'exempt' in mark ? { exempt: mark.exempt } : { event: mark.name }
}
