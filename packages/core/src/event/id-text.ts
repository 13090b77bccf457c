import { types } from 'node:util'
import { bytesOf, getterOf } from '../copy/bytes.ts'
import { classNameOf, involvesProxy } from '../copy/class-name.ts'
import { unboxed } from '../copy/copy-of-kind.ts'
import { idOfBytes, knownId } from '../copy/known-id.ts'
import type { Conversion } from '../copy/plain-copy.ts'

/** Longer bytes are not an id. */
const MAX_ID_BYTES = 64
/** A value object may wrap another one: `new UserId(new Uuid(…))`. */
const MAX_WRAPPERS = 4
/** Wrappers of an id in plain JSON: MongoDB's extended JSON, and a row of one column. Any other object is a thing, not an id. */
const PLAIN_WRAPPERS: ReadonlySet<PropertyKey> = new Set(['$oid', '$uuid', '$numberLong', 'id', '_id', 'value'])
const timeOf = Date.prototype.getTime
const urlText = getterOf<string>(URL.prototype, 'href')
/** The last moment that a Date can hold (ECMA-262, 21.4.1.1). */
const MAX_TIME = 8.64e15

/**
 * Returns an id as text, read without running any of its code: texts, numbers and bigints; ObjectId and UUID objects; bytes (16
 * as a UUID, others in hexadecimal); 64-bit integers in two halves; a value object that holds one id. The result of `convert`
 * comes first. For anything else it returns the class in brackets, and `isRead` is false.
 */
export function idText(value: unknown, convert: readonly Conversion[] = []): { readonly text: string; readonly isRead: boolean } {
  const text = readText(value, convert)
  return text === undefined ? { text: `[${kindOf(value)}]`, isRead: false } : { text, isRead: true }
}

function readText(value: unknown, convert: readonly Conversion[]): string | undefined {
  try {
    return textOf(value, convert, 0)
  } catch {
    // Some objects of the language itself cannot be read: a module that is still loading, a false URL.
    return undefined
  }
}

function textOf(value: unknown, convert: readonly Conversion[], wrappers: number): string | undefined {
  switch (typeof value) {
    case 'string':
      return value
    case 'number':
    case 'boolean':
      return String(value)
    case 'bigint':
      // Printing a longer one would take too long.
      return BigInt.asIntN(256, value) === value ? String(value) : undefined
    case 'object':
      return value === null || involvesProxy(value) ? undefined : textOfObject(value, convert, wrappers)
    default:
      return undefined
  }
}

function textOfObject(value: object, convert: readonly Conversion[], wrappers: number): string | undefined {
  if (wrappers === MAX_WRAPPERS) return undefined
  const conversion = convert.find(([type]) => Object.prototype.isPrototypeOf.call(type.prototype, value))
  if (conversion) return converted(conversion, value)
  if (types.isBoxedPrimitive(value)) return textOf(unboxed(value), [], wrappers + 1)
  if (types.isDate(value)) return dateText(value)
  if (Object.prototype.isPrototypeOf.call(URL.prototype, value)) return urlText.call(value)
  const bytes = bytesOf(value)
  if (bytes) return bytes.length > 0 && bytes.length <= MAX_ID_BYTES ? idOfBytes(bytes) : undefined
  if (Array.isArray(value)) return undefined
  return knownId(value) ?? integerText(value) ?? wrappedText(value, convert, wrappers)
}

/** The application gives the text for its class; that text is not converted again. */
function converted([, convert]: Conversion, value: object): string | undefined {
  try {
    return textOf(convert(value), [], MAX_WRAPPERS)
  } catch {
    return undefined
  }
}

function dateText(value: Date): string {
  const time = timeOf.call(value)
  return Math.abs(time) <= MAX_TIME ? new Date(time).toISOString() : 'Invalid Date'
}

/** `Long` of bson and `Integer` of neo4j hold a 64-bit integer as two halves. */
function integerText(value: object): string | undefined {
  const [low, high, isUnsigned] = ['low', 'high', 'unsigned'].map(
    (key) => Object.getOwnPropertyDescriptor(value, key)?.value as unknown,
  )
  if (!Number.isInteger(low) || !Number.isInteger(high)) return undefined
  const bits = (BigInt(high as number) << 32n) | BigInt((low as number) >>> 0)
  return String(isUnsigned === true ? BigInt.asUintN(64, bits) : BigInt.asIntN(64, bits))
}

/** Returns the only text, number or id that an object holds: `class UserId { constructor(readonly value: string) {} }`. */
function wrappedText(value: object, convert: readonly Conversion[], wrappers: number): string | undefined {
  const keys = Reflect.ownKeys(value)
  if (keys.length !== 1) return undefined
  const isPlain = Object.getPrototypeOf(value) === Object.prototype
  if (isPlain && !PLAIN_WRAPPERS.has(keys[0]!)) return undefined
  const member = Object.getOwnPropertyDescriptor(value, keys[0]!)
  return textOf(member?.value, convert, wrappers + 1)
}

function kindOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return typeof value
  return involvesProxy(value) ? 'Proxy' : classNameOf(value)
}
