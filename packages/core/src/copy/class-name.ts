import { types } from 'node:util'

/** The class name on a copy of an instance or an error. A symbol, so that no schema finds an unknown key. */
export const className: unique symbol = Symbol.for('@audit/core.className')

/** Longer prototype chains are not class hierarchies. */
const MAX_CHAIN = 16
const NAME = /^[\w$.-]{1,64}$/
const WORD = /^[\w.-]{1,64}$/

/** True for values that an error may show in the trail: a short code, or a number. A sentence may quote a value. */
export function isWord(value: unknown): value is string | number {
  return (typeof value === 'string' && WORD.test(value)) || Number.isSafeInteger(value)
}

/** Returns the value of an own data property, or undefined; never calls a getter. */
export function ownData(holder: object, key: PropertyKey): unknown {
  return Object.getOwnPropertyDescriptor(holder, key)?.value
}

/**
 * Returns the value of a data property, own or inherited; never calls a getter. Only for values that `involvesProxy` rules out.
 */
export function data(holder: object, key: PropertyKey): unknown {
  let owner: object | null = holder
  while (owner !== null && !Object.hasOwn(owner, key)) owner = Object.getPrototypeOf(owner)
  return owner === null ? undefined : ownData(owner, key)
}

/** Returns the name of a value's class, without running any code of the value. `Object` if it has no name. */
export function classNameOf(value: object): string {
  let prototype: object | null = Object.getPrototypeOf(value)
  for (let step = 0; prototype !== null && step < MAX_CHAIN; step++) {
    const constructor = ownData(prototype, 'constructor')
    const name = typeof constructor === 'function' && !types.isProxy(constructor) ? ownData(constructor, 'name') : undefined
    if (typeof name === 'string' && NAME.test(name)) return name
    prototype = Object.getPrototypeOf(prototype)
  }
  return 'Object'
}

/** Returns the name of the class that a copy stands for, if an earlier copy noted one. */
export function givenName(copy: object): string | undefined {
  const name = ownData(copy, className)
  return typeof name === 'string' && NAME.test(name) ? name : undefined
}

/**
 * True if the value or one of its prototypes is a Proxy, or the chain is too long for a class hierarchy: reading such a value
 * runs its traps.
 */
export function involvesProxy(value: object): boolean {
  let asked: object | null = value
  for (let step = 0; step <= MAX_CHAIN; step++) {
    if (asked === null || asked === Object.prototype) return false
    if (types.isProxy(asked)) return true
    asked = Object.getPrototypeOf(asked)
  }
  return true
}
