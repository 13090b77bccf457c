import { types } from 'node:util'
import { className, classNameOf, data, givenName, isWord } from './class-name.ts'

/** A fresh value of the same kind, about how many bytes of JSON text it is, and whether something of it is missing. */
export interface CopyOfKind {
  readonly value: unknown
  readonly bytes: number
  readonly isCut: boolean
}

/**
 * Copies what the language itself has kinds for: dates, bytes, URLs and errors. They are read by the language's own means, so
 * what a value carries under the same names is not asked. Nothing for any other object; throws for one that cannot be read.
 */
export function copyOfKind(value: object, maxBytes: number): CopyOfKind | undefined {
  if (types.isDate(value)) return { value: new Date(timeOf.call(value)), bytes: 30, isCut: false }
  if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) return copyOfBytes(value, maxBytes)
  if (Object.prototype.isPrototypeOf.call(URL.prototype, value)) return copyOfUrl(value, maxBytes)
  if (types.isNativeError(value) || Object.prototype.isPrototypeOf.call(Error.prototype, value)) return copyOfError(value)
  return undefined
}

/** The primitive inside `new String('…')` and its like. */
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

function extentOf(value: object): readonly [buffer: ArrayBufferLike, offset: number, length: number] {
  if (types.isTypedArray(value))
    return [typedArray.buffer.call(value), typedArray.byteOffset.call(value), typedArray.byteLength.call(value)]
  if (types.isDataView(value))
    return [dataView.buffer.call(value), dataView.byteOffset.call(value), dataView.byteLength.call(value)]
  const length = types.isSharedArrayBuffer(value) ? sharedLength.call(value) : bufferLength.call(value)
  return [value as ArrayBufferLike, 0, length]
}

/** One that is too long is left out whole: half a URL is mere text, and a password in it would no longer be found. */
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
const bufferLength = getterOf<number>(ArrayBuffer.prototype, 'byteLength')
const sharedLength = getterOf<number>(SharedArrayBuffer.prototype, 'byteLength')
const typedArray = extentGettersOf(Object.getPrototypeOf(Uint8Array.prototype) as object)
const dataView = extentGettersOf(DataView.prototype)

function extentGettersOf(prototype: object) {
  return {
    buffer: getterOf<ArrayBufferLike>(prototype, 'buffer'),
    byteOffset: getterOf<number>(prototype, 'byteOffset'),
    byteLength: getterOf<number>(prototype, 'byteLength'),
  }
}

function getterOf<T>(prototype: object, key: string): (this: object) => T {
  return Object.getOwnPropertyDescriptor(prototype, key)!.get as (this: object) => T
}
