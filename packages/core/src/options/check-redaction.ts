import { fieldOf, isHashKey, MIN_HASH_KEY_BYTES } from '../enrich/field-hash.ts'
import type { RedactionOptions } from '../enrich/redact.ts'
import { isCredential, wordsOf } from '../enrich/secret-keys.ts'
import { fromPointer } from '../copy/pointer.ts'
import type { OptionChecks } from '../option-checks.ts'

/** Adds mistakes in the options of redaction to `checks`; never shows a part of the key. */
export function checkRedaction(options: RedactionOptions | undefined, checks: OptionChecks): void {
  checks.knownKeys('redaction', options, ['keys', 'hash', 'hashKey'])
  const { keys, hash, hashKey } = options ?? {}
  checks.that(keys === undefined || isNames(keys), "redaction.keys: give a list of keys, such as ['badgeNumber']")
  checks.that(
    hash === undefined || isNames(hash),
    "redaction.hash: give a list of keys and pointers, such as ['email', '/owner/phone']",
  )
  checks.that(
    hashKey === undefined || isHashKey(hashKey),
    `redaction.hashKey: give a secret of at least ${MIN_HASH_KEY_BYTES} bytes, as a string or a Uint8Array`,
  )
  checks.that(hash === undefined || hashKey !== undefined, 'redaction.hashKey: hash needs a key; it is undefined')
  checks.that(
    hash !== undefined || hashKey === undefined,
    'redaction.hash: hashKey is set, but no fields; list the fields to hash, or remove hashKey',
  )
  if (!isNames(hash)) return
  const secret = new Set(isNames(keys) ? keys.map(wordsOf) : [])
  for (const entry of hash) {
    const parts = entry.startsWith('/') ? fromPointer(entry) : [entry]
    const credential = parts.find(isCredential)
    checks.that(
      credential === undefined,
      `redaction.hash: '${String(credential)}' names a password, a token or the like, whose hash would help to guess it; remove it, it is redacted anyway`,
    )
    checks.that(
      !parts.some((part) => secret.has(wordsOf(part))),
      `redaction.hash: '${entry}' is in keys as well; remove one of them`,
    )
    checks.that(fieldOf(entry) !== '', `redaction.hash: '${entry}' names no field`)
  }
}

function isNames(list: unknown): list is readonly string[] {
  return Array.isArray(list) && list.every((name) => typeof name === 'string' && name !== '')
}
