import { types } from 'node:util'
import { MetadataScanner } from '@nestjs/core'

/** Nest's record of a class of the application. */
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

/** Lists the methods of the class, including inherited ones. */
export function methodsOf(held: Held): readonly ClassMethod[] {
  const prototype = prototypeOf(held)
  if (!prototype) return []
  const members = prototype as Record<string, Method>
  return scanner.getAllMethodNames(prototype).map((key) => ({ prototype, key, method: members[key]! }))
}

/**
 * Replaces the method on this class only, so that each of two classes that inherit it can have its own. The replacement gets the
 * name and the metadata of the method, by which Nest finds routes, patterns, schedules and parameters.
 */
export function replaceMethod({ prototype, key, method }: ClassMethod, replacement: Method): void {
  Object.defineProperty(replacement, 'name', { value: method.name, configurable: true })
  for (const name of Reflect.getMetadataKeys(method)) Reflect.defineMetadata(name, Reflect.getMetadata(name, method), replacement)
  Object.defineProperty(prototype, key, { value: replacement, configurable: true, writable: true })
}

/** Returns the prototype of a class, or of the object that a factory created or `useValue` gave. */
export function prototypeOf({ metatype, inject, instance }: Held): object | undefined {
  if (typeof metatype === 'function' && !inject) return metatype.prototype as object | undefined
  const prototype = isObject(instance) ? (Object.getPrototypeOf(instance) as object | null) : null
  return prototype && prototype !== Object.prototype && Object.hasOwn(prototype, 'constructor') ? prototype : undefined
}

/** False for a Proxy, which may throw if it is read outside of a request. */
export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !types.isProxy(value)
}
