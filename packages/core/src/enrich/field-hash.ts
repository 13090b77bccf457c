import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import { AuditError } from '../errors.ts'
import { jsonValue } from '../event/json-value.ts'
import { fromPointer } from '../copy/pointer.ts'
import { wordsOf } from './secret-keys.ts'

/** A value of a payload that can be hashed. */
export type Hashable = string | number | bigint | boolean | Date | URL | Uint8Array

/** The key and the field of a hash. */
export interface RedactedHashOptions {
  readonly hashKey: string | Uint8Array
  /** A key or a pointer, as in `redaction.hash`. */
  readonly field: string
}

/** Shorter keys can be guessed. */
export const MIN_HASH_KEY_BYTES = 16
/** Enough to distinguish some keys, and far too little to verify a guess. */
const KEY_ID_BYTES = 3
/** The hashed text contains the version, so that a later form can never be taken for this one. */
const DOMAIN = 'audit-redaction-1'

/**
 * Returns the text that the trail has in place of a value of that field; search for it to find the events. Throws
 * `AUDIT_INVALID_OPTIONS` if the key has less than 16 bytes.
 */
export function redactedHash(value: Hashable, { hashKey, field }: RedactedHashOptions): string {
  if (!isHashKey(hashKey)) {
    throw new AuditError('AUDIT_INVALID_OPTIONS', `redactedHash: give a hashKey of at least ${MIN_HASH_KEY_BYTES} bytes.`)
  }
  return createFieldHash(hashKey)(value, fieldOf(field))
}

/** Hashes a value of a field, which is one of `fieldOf`. */
export type FieldHash = (value: unknown, field: string) => string

/**
 * HMAC-SHA-256 over the field and the value's JSON text, as `hmac-sha256:<key id>:<base64url>`. The field is included, so that
 * the same value in two fields cannot be matched.
 */
export function createFieldHash(hashKey: string | Uint8Array): FieldHash {
  // A key object copies the bytes, and does not show them when it is printed.
  const key = createSecretKey(typeof hashKey === 'string' ? Buffer.from(hashKey) : hashKey)
  const keyId = hmac(key, `${DOMAIN} key id`).subarray(0, KEY_ID_BYTES).toString('base64url')
  return (value, field) => {
    const text = JSON.stringify(jsonValue(value))
    return `hmac-sha256:${keyId}:${hmac(key, `${DOMAIN}\0${field}\0${text}`).toString('base64url')}`
  }
}

export function isHashKey(key: unknown): key is string | Uint8Array {
  if (typeof key === 'string') return Buffer.byteLength(key) >= MIN_HASH_KEY_BYTES
  return key instanceof Uint8Array && key.byteLength >= MIN_HASH_KEY_BYTES
}

/** Returns the field that an entry of `redaction.hash` names: its key, or the last part of its pointer except `*` and indexes. */
export function fieldOf(keyOrPointer: string): string {
  const key = keyOrPointer.startsWith('/') ? fromPointer(keyOrPointer).findLast((part) => !/^(\*|\d+)$/.test(part)) : keyOrPointer
  return wordsOf(key ?? '')
}

function hmac(key: KeyObject, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
