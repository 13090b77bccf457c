import { BaseExceptionFilter, type ApplicationConfig } from '@nestjs/core'
import { watchFilter } from '../calls/watch-filter.ts'
import { watchGuard } from '../calls/watch-guard.ts'
import { isObject } from '../discovery/methods.ts'
import { onError, onGuardEnd } from './watch-call.ts'

// Watches each guard and filter of an application once, wherever Nest takes it from.

/** Watches global guards and filters. To be called before routes are registered, because Nest binds filters then. */
export function watchGlobalEnhancers(config: ApplicationConfig): void {
  watchFilter(BaseExceptionFilter.prototype, onError)
  for (const enhancer of [...config.getGlobalGuards(), ...config.getGlobalFilters()]) watchIfEnhancer(enhancer)
}

/** Watches the objects in `@UseGuards()` and `@UseFilters()`. Nest holds those that are given as classes as providers. */
export function watchEnhancersOf(decorated: object): void {
  for (const key of ['__guards__', '__exceptionFilters__']) {
    const enhancers = (Reflect.getMetadata(key, decorated) ?? []) as unknown[]
    for (const enhancer of enhancers) watchIfEnhancer(enhancer)
  }
}

/** Watches a value if it is a guard or a filter. `value` is anything that a module holds, or the prototype of its class. */
export function watchIfEnhancer(value: unknown): void {
  if (!isObject(value)) return
  const holder = holderOf(value, 'canActivate')
  if (holder) watchGuard(holder, onGuardEnd)
  if (isFilter(value)) watchFilter(holderOf(value, 'catch') ?? {}, onError)
}

/** Recognizes a filter by `@Catch()`, because promises have a `catch` method too. */
function isFilter({ constructor }: object): boolean {
  return typeof constructor === 'function' && Reflect.hasMetadata('__filterCatchExceptions__', constructor)
}

function holderOf(value: object, method: string): object | undefined {
  const prototype = Object.getPrototypeOf(value) as object | null
  if (Object.hasOwn(value, method) || prototype === null) return value
  return prototype === Object.prototype ? undefined : prototype
}
