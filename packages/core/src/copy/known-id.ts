import { bytesOf } from './bytes.ts'
import { classNameOf, data } from './class-name.ts'

const HEX_ID = /^[\da-f]{24}$/i
const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i
const OBJECT_ID_BYTES = 12
const UUID_BYTES = 16

/**
 * Returns the text of an id that a database driver returns as an object: MongoDB's ObjectId (bson 1 to 7) and objects of a class
 * UUID. Reads only the object's own data, so none of its code runs. Undefined for any other object. Only for values that
 * `involvesProxy` rules out.
 */
export function knownId(value: object): string | undefined {
  const name = classNameOf(value)
  if (name === 'ObjectId' || name === 'ObjectID') return objectIdText(value)
  return /^(?:uuid|guid|timeuuid)$/i.test(name) ? uuidText(value) : undefined
}

/** Returns bytes as an id: 16 in the form of a UUID, others in hexadecimal. */
export function idOfBytes(bytes: Uint8Array): string {
  // A copy: wrapping the buffer of a value would ask that buffer for its length.
  const hex = Buffer.from(bytes).toString('hex')
  return bytes.length === UUID_BYTES ? hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-') : hex
}

function objectIdText(value: object): string | undefined {
  const words = ['i0', 'i1', 'i2', 'i3'].map((key) => data(value, key))
  // bson 7 keeps four times 24 bits.
  if (words.every(isUint24)) return words.map((word) => word.toString(16).padStart(6, '0')).join('')
  for (const held of heldBy(value)) {
    if (typeof held === 'string') {
      if (HEX_ID.test(held)) return held.toLowerCase()
      // bson 1 could keep the bytes as characters.
      if (held.length === OBJECT_ID_BYTES && data(value, 'id') === held) return Buffer.from(held, 'latin1').toString('hex')
    } else if (held.length === OBJECT_ID_BYTES) return idOfBytes(held)
  }
  return undefined
}

function uuidText(value: object): string | undefined {
  for (const held of heldBy(value)) {
    if (typeof held === 'string') {
      if (UUID.test(held)) return held.toLowerCase()
    } else if (held.length === UUID_BYTES) return idOfBytes(held)
  }
  return undefined
}

/** Lists the texts and bytes among an object's own data, under names and symbols. */
function* heldBy(value: object): Generator<string | Uint8Array> {
  for (const key of Reflect.ownKeys(value)) {
    const held = Object.getOwnPropertyDescriptor(value, key)!.value as unknown
    if (typeof held === 'string') yield held
    const bytes = typeof held === 'object' && held !== null ? bytesOf(held) : undefined
    if (bytes) yield bytes
  }
}

function isUint24(word: unknown): word is number {
  return Number.isInteger(word) && (word as number) >= 0 && (word as number) < 2 ** 24
}
