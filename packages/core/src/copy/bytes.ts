import { types } from 'node:util'

/** A view of the bytes of a typed array, a DataView or a buffer. Undefined for anything else, and for transferred bytes. */
export function bytesOf(value: object): Uint8Array | undefined {
  if (!ArrayBuffer.isView(value) && !types.isAnyArrayBuffer(value)) return undefined
  try {
    return new Uint8Array(...extentOf(value))
  } catch {
    return undefined
  }
}

/**
 * The position of the bytes of a typed array, a DataView or a buffer, read with the language's own getters. Throws for bytes that
 * were transferred.
 */
export function extentOf(value: object): [buffer: ArrayBufferLike, offset: number, length: number] {
  if (types.isTypedArray(value))
    return [typedArray.buffer.call(value), typedArray.byteOffset.call(value), typedArray.byteLength.call(value)]
  if (types.isDataView(value))
    return [dataView.buffer.call(value), dataView.byteOffset.call(value), dataView.byteLength.call(value)]
  const length = types.isSharedArrayBuffer(value) ? sharedLength.call(value) : bufferLength.call(value)
  return [value as ArrayBufferLike, 0, length]
}

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

/** The getter of a prototype, to be called on any value of its kind. */
export function getterOf<T>(prototype: object, key: string): (this: object) => T {
  return Object.getOwnPropertyDescriptor(prototype, key)!.get as (this: object) => T
}
