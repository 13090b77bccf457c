import type { FailMode } from '@audit/core'
import { checkName } from '@audit/core/adapter'
import { misused } from '../misused.ts'
import type { AuditedCall, DoneCall } from './audit-decorators.ts'

/** How a marked method is recorded; each callback is shown what it was called with. */
export interface MarkOptions {
  readonly target?: (call: AuditedCall) => unknown
  readonly payload?: ((call: DoneCall<any[], any>) => unknown) | 'annotated'
  readonly before?: (call: DoneCall<any[], undefined>) => unknown
  readonly failMode?: FailMode
}

export interface EventMark extends MarkOptions {
  readonly name: string
}

/** What a method, or all of a class, is recorded as; or why it is not. */
export type Mark = EventMark | { readonly exempt: string }

// Kept by (prototype, key) and not on the function: so it survives decorators that wrap the function, in any order, and is inherited.
const MARK = '@audit/nest.mark'
const NOUN = '@audit/nest.noun'

export function setMark(prototype: object, key: string | symbol, mark: Mark): void {
  Reflect.defineMetadata(MARK, mark, prototype, key)
}

/** Marks the class: its noun, for methods marked by verb alone, or the exemption of the methods that are not marked. */
export function setClassMark(classRef: object, mark: string | { readonly exempt: string }): void {
  Reflect.defineMetadata(NOUN, mark, classRef)
}

/** What the method is marked with, by its own class or one it inherits from. */
export function markOf(prototype: object, key: string | symbol): Mark | undefined {
  const mark = Reflect.getMetadata(MARK, prototype, key) as Mark | undefined
  const ofClass = Reflect.getMetadata(NOUN, prototype.constructor) as string | { readonly exempt: string } | undefined
  if (!mark) return typeof ofClass === 'object' ? ofClass : undefined
  if ('exempt' in mark || !mark.name.startsWith(':')) return mark
  if (typeof ofClass === 'string') return { ...mark, name: ofClass + mark.name }
  const { name: className } = prototype.constructor
  throw misused(
    `${className}.${String(key)} is audited as '${mark.name}', and ${className} has no noun. Decorate it: @Audited('flag').`,
  )
}

/** The same, of a class that an application uses. Throws if the audit has no such event. */
export function checkedMarkOf(prototype: object, key: string, audit: object): Mark | undefined {
  const mark = markOf(prototype, key)
  if (mark && 'name' in mark) checkName(audit, mark.name, `${prototype.constructor.name}.${key}`)
  return mark
}
