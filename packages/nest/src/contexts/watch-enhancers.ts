import { BaseExceptionFilter, type ApplicationConfig } from '@nestjs/core'
import { watchFilter } from '../calls/watch-filter.ts'
import { watchGuard } from '../calls/watch-guard.ts'
import { isObject } from '../discovery/methods.ts'
import { onError, onGuardEnd } from './watch-call.ts'

// Guards and filters of an application, wherever Nest takes them from, each watched once.

/** The ones that were given to the whole application. Before routes are registered, since Nest binds filters then. */
export function watchGlobalEnhancers(config: ApplicationConfig): void {
  watchFilter(BaseExceptionFilter.prototype, onError)
  for (const enhancer of [...config.getGlobalGuards(), ...config.getGlobalFilters()]) watchIfEnhancer(enhancer)
}

/** The ones that `@UseGuards()` and `@UseFilters()` were given as objects; Nest holds the classes among them itself. */
export function watchEnhancersOf(decorated: object): void {
  for (const key of ['__guards__', '__exceptionFilters__']) {
    const enhancers = (Reflect.getMetadata(key, decorated) ?? []) as unknown[]
    for (const enhancer of enhancers) watchIfEnhancer(enhancer)
  }
}

/** `value` is anything that a module holds, or the prototype of its class. */
export function watchIfEnhancer(value: unknown): void {
  if (!isObject(value)) return
  const holder = holderOf(value, 'canActivate')
  if (holder) watchGuard(holder, onGuardEnd)
  if (isFilter(value)) watchFilter(holderOf(value, 'catch') ?? {}, onError)
}

/** By `@Catch()`, since promises have a `catch` too. */
function isFilter({ constructor }: object): boolean {
  return typeof constructor === 'function' && Reflect.hasMetadata('__filterCatchExceptions__', constructor)
}

function holderOf(value: object, method: string): object | undefined {
  const prototype = Object.getPrototypeOf(value) as object | null
  if (Object.hasOwn(value, method) || prototype === null) return value
  return prototype === Object.prototype ? undefined : prototype
}
