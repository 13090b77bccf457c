import type { FailMode } from '@audit/core'
import { checkName } from '@audit/core/adapter'
import type { CallSource } from '../calls/call-source.ts'
import type { HttpRequest } from '../calls/http-request.ts'
import { misused } from '../misused.ts'

/** The argument of the callbacks of a marked method. */
export interface AuditedCall<A extends readonly any[] = any[], Q = HttpRequest> extends Omit<CallSource, 'request'> {
  /** The HTTP request, also the one that carried a GraphQL operation. Undefined for other messages. */
  readonly request: Q
  /** The arguments of the method. Empty if a guard or a middleware refused, because the method was not called. */
  readonly args: A | readonly []
  /** Returns a provider of the application: `get(FlagService)`. */
  readonly get: <T>(token: abstract new (...args: any[]) => T) => T
}

/** An audited call whose method ran. */
export interface DoneCall<A extends readonly any[], R, Q = HttpRequest> extends AuditedCall<A, Q> {
  readonly args: A
  /** The awaited result of the method; for a stream, its last value. */
  readonly result: R
}

/** How a marked method is recorded. */
export interface MarkOptions {
  readonly target?: (call: AuditedCall) => unknown
  readonly payload?: ((call: DoneCall<any[], any>) => unknown) | 'annotated'
  readonly before?: (call: DoneCall<any[], undefined>) => unknown
  readonly failMode?: FailMode
}

export interface EventMark extends MarkOptions {
  readonly name: string
}

/** The event of a method or of a class, or the reason why it is exempt. */
export type Mark = EventMark | { readonly exempt: string }

// Stored by (prototype, key) and not on the function, so that marks are inherited and survive decorators that wrap the function.
const MARK = '@audit/nest.mark'
const NOUN = '@audit/nest.noun'

export function setMark(prototype: object, key: string | symbol, mark: Mark): void {
  Reflect.defineMetadata(MARK, mark, prototype, key)
}

/** Marks the class with a noun, for methods that have only a verb, or with an exemption for its unmarked methods. */
export function setClassMark(classRef: object, mark: string | { readonly exempt: string }): void {
  Reflect.defineMetadata(NOUN, mark, classRef)
}

/** Returns the mark of the method, from its class or a base class. */
export function markOf(prototype: object, key: string | symbol): Mark | undefined {
  const mark = Reflect.getMetadata(MARK, prototype, key) as Mark | undefined
  const ofClass = Reflect.getMetadata(NOUN, prototype.constructor) as string | { readonly exempt: string } | undefined
  if (!mark) return typeof ofClass === 'object' ? ofClass : undefined
  if ('exempt' in mark || !mark.name.startsWith(':')) return mark
  if (typeof ofClass === 'string') return { ...mark, name: ofClass + mark.name }
  const { name: className } = prototype.constructor
  throw misused(
    `${className}.${String(key)} is audited as '${mark.name}', but ${className} has no noun. Decorate the class: @Audited('flag').`,
  )
}

/** Returns the mark of the method like `markOf`. Throws if the audit has no such event. */
export function checkedMarkOf(prototype: object, key: string, audit: object): Mark | undefined {
  const mark = markOf(prototype, key)
  if (mark && 'name' in mark) checkName(audit, mark.name, `${prototype.constructor.name}.${key}`)
  return mark
}
