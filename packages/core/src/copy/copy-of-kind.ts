import { types } from 'node:util'
import { extentOf, getterOf } from './bytes.ts'
import { className, classNameOf, data, givenName, isWord } from './class-name.ts'
import { knownId } from './known-id.ts'

/** A fresh value of the same kind, its estimated size as JSON text, and whether a part of it is missing. */
export interface CopyOfKind {
  readonly value: unknown
  readonly bytes: number
  readonly isCut: boolean
}

/**
 * Copies values of the language's own kinds: dates, bytes, URLs and errors. It reads them with the language's own methods, so
 * members of the value with the same names are not called. The ids that database drivers return as objects become text. Undefined
 * for any other object; throws for one that cannot be read.
 */
export function copyOfKind(value: object, maxBytes: number): CopyOfKind | undefined {
  if (types.isDate(value)) return { value: new Date(timeOf.call(value)), bytes: 30, isCut: false }
  if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) return copyOfBytes(value, maxBytes)
  if (Object.prototype.isPrototypeOf.call(URL.prototype, value)) return copyOfUrl(value, maxBytes)
  if (types.isNativeError(value) || Object.prototype.isPrototypeOf.call(Error.prototype, value)) return copyOfError(value)
  const id = knownId(value)
  return id === undefined ? undefined : { value: id, bytes: id.length + 2, isCut: false }
}

/** Returns the primitive inside `new String('…')` and similar objects. */
export function unboxed(value: object): unknown {
  if (types.isStringObject(value)) return String.prototype.valueOf.call(value)
  if (types.isNumberObject(value)) return Number.prototype.valueOf.call(value)
  if (types.isBooleanObject(value)) return Boolean.prototype.valueOf.call(value)
  return types.isBigIntObject(value) ? BigInt.prototype.valueOf.call(value) : undefined
}

function copyOfBytes(value: object, maxBytes: number): CopyOfKind {
  const [buffer, offset, length] = extentOf(value)
  const fits = Math.min(length, Math.max(0, Math.floor((maxBytes - 2) / 4) * 3))
  const copy = Buffer.from(new Uint8Array(buffer, offset, fits))
  return { value: copy, bytes: Math.ceil(fits / 3) * 4 + 2, isCut: fits < length }
}

/** A URL that is too long is left out whole: half a URL is plain text, and a password in it would no longer be found. */
function copyOfUrl(value: object, maxBytes: number): CopyOfKind {
  const href = urlText.call(value)
  const bytes = href.length * 2 + 2
  return bytes > maxBytes ? { value: '[URL]', bytes: 7, isCut: true } : { value: new URL(href), bytes, isCut: false }
}

/** Kind and code are machine words; a message quotes values, so it stays out. */
function copyOfError(value: object): CopyOfKind {
  const copy = Object.create(Error.prototype) as Error & { code?: unknown }
  const name = givenName(value) ?? classNameOf(value)
  Object.defineProperty(copy, className, { value: name })
  copy.name = name
  const code = data(value, 'code')
  if (isWord(code)) copy.code = code
  return { value: copy, bytes: name.length + 128, isCut: false }
}

const timeOf = Date.prototype.getTime
const urlText = getterOf<string>(URL.prototype, 'href')
