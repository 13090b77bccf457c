import { types } from 'node:util'
import { MetadataScanner } from '@nestjs/core'

/** A class of the application as Nest holds it. */
export interface Held {
  readonly metatype: unknown
  readonly inject?: unknown
  readonly instance: unknown
}

const scanner = new MetadataScanner()

type Method = (this: any, ...args: any[]) => unknown

export interface ClassMethod {
  readonly prototype: object
  readonly key: string
  readonly method: Method
}

/** The methods of its class, inherited ones too. */
export function methodsOf(held: Held): readonly ClassMethod[] {
  const prototype = prototypeOf(held)
  if (!prototype) return []
  const members = prototype as Record<string, Method>
  return scanner.getAllMethodNames(prototype).map((key) => ({ prototype, key, method: members[key]! }))
}

/**
 * Puts another in the place of the method, on the class itself: so that two that inherit it can each have their own. Nest finds
 * routes, patterns, schedules and parameters by the function's name and metadata, so it has these too.
 */
export function replaceMethod({ prototype, key, method }: ClassMethod, replacement: Method): void {
  Object.defineProperty(replacement, 'name', { value: method.name, configurable: true })
  for (const name of Reflect.getMetadataKeys(method)) Reflect.defineMetadata(name, Reflect.getMetadata(name, method), replacement)
  Object.defineProperty(prototype, key, { value: replacement, configurable: true, writable: true })
}

/** Of a class its prototype; of what a factory made or a value brought, that one's. */
export function prototypeOf({ metatype, inject, instance }: Held): object | undefined {
  if (typeof metatype === 'function' && !inject) return metatype.prototype as object | undefined
  const prototype = isObject(instance) ? (Object.getPrototypeOf(instance) as object | null) : null
  return prototype && prototype !== Object.prototype && Object.hasOwn(prototype, 'constructor') ? prototype : undefined
}

/** A Proxy may throw at whoever looks at it outside of a request. */
export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !types.isProxy(value)
}
