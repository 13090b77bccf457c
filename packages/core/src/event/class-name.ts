import { types } from 'node:util'

/** On a copy that was an instance of a class, or an error: the class's name. A symbol, so that no schema stumbles over it. */
export const className: unique symbol = Symbol.for('@audit/core.className')

/** A prototype chain this long is no class hierarchy. */
const MAX_CHAIN = 16
const NAME = /^[\w$.-]{1,64}$/
const WORD = /^[\w.-]{1,64}$/

/** True for what an error may say in the trail: a short code, or a number. A sentence may quote a value. */
export function isWord(value: unknown): value is string | number {
  return (typeof value === 'string' && WORD.test(value)) || Number.isSafeInteger(value)
}

/** The value of an own data property, or nothing: never a getter's answer. */
export function ownData(holder: object, key: PropertyKey): unknown {
  return Object.getOwnPropertyDescriptor(holder, key)?.value
}

/** The value of a data property, own or inherited: never a getter's answer. Ask only what `involvesProxy` denies. */
export function data(holder: object, key: PropertyKey): unknown {
  let owner: object | null = holder
  while (owner !== null && !Object.hasOwn(owner, key)) owner = Object.getPrototypeOf(owner)
  return owner === null ? undefined : ownData(owner, key)
}

/** The name of a value's class, read without running any code of the value. `Object` if there is none. */
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

/** The name of the class that a copy stands for, if an earlier copying noted one. */
export function givenName(copy: object): string | undefined {
  const name = ownData(copy, className)
  return typeof name === 'string' && NAME.test(name) ? name : undefined
}

/**
 * True if the value or one of its prototypes is a Proxy, or they are more than a class hierarchy: whoever asks it anything runs
 * its traps.
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
