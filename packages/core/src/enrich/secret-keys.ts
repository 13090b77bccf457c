/**
 * Keys whose values open something, wherever they stand, as whole keys: OWASP's logging list of what must not be recorded, and the
 * names that HTTP, OAuth and payment APIs give such things. Only letters and digits count, in either case.
 */
const CREDENTIALS = [
  'password',
  'passwords',
  'passwd',
  'pwd',
  'passphrase',
  'passcode',
  'pin',
  'otp',
  'secret',
  'secrets',
  'token',
  'tokens',
  'jwt',
  'bearer',
  'authorization',
  'proxyauthorization',
  'cookie',
  'cookies',
  'signedcookies',
  'setcookie',
  'session',
  'sessionid',
  'sid',
  'csrf',
  'xsrf',
  'apikey',
  'apikeys',
  'xapikey',
  'accesskey',
  'secretkey',
  'privatekey',
  'signingkey',
  'encryptionkey',
  'credential',
  'credentials',
  'clientsecret',
  'connectionstring',
  'passwordhash',
  'passwordconfirmation',
  'hashedpassword',
  'salt',
  'cvv',
  'cvc',
]
/** Secret as well, but names of someone or something: who must find them again may have them hashed. */
const SECRET_NUMBERS = ['ssn', 'socialsecuritynumber', 'creditcard', 'cardnumber', 'iban']
const CREDENTIAL_ENDINGS = ['password', 'secret', 'token', 'apikey', 'privatekey', 'accesskey', 'secretkey']
/** `newPassword`, `user[password]`, `api.key`: what stands between the words is a matter of taste. */
const BETWEEN_WORDS = /[^\p{L}\p{N}]+/gu

/** Keys come from payloads, so what is remembered of them is bounded. */
const MAX_REMEMBERED = 10_000

/** Says whether a key names a secret. `more` are the application's own, whole keys as well; those of `hashed` are none. */
export function createSecretKeys(more: readonly string[], hashed: readonly string[] = []): (key: string) => boolean {
  const secrets = new Set([...CREDENTIALS, ...SECRET_NUMBERS, ...more.map(wordsOf)])
  for (const key of hashed) secrets.delete(wordsOf(key))
  return remembering((key) => {
    const name = wordsOf(key)
    return secrets.has(name) || isCredential(name)
  })
}

/** Says which field a key is, if it is one of those. */
export function createHashedKeys(fields: readonly string[]): (key: string) => string | undefined {
  if (fields.length === 0) return () => undefined
  const known = new Set(fields)
  return remembering((key) => {
    const name = wordsOf(key)
    return known.has(name) ? name : undefined
  })
}

/** Whether its value opens something. Whoever has the hash of one, and the key, can try passwords as fast as they like. */
export function isCredential(key: string): boolean {
  const name = wordsOf(key)
  return CREDENTIALS.includes(name) || CREDENTIAL_ENDINGS.some((ending) => name.endsWith(ending))
}

/** A key without what stands between its words, in lower case. */
export function wordsOf(key: string): string {
  return key.toLowerCase().replace(BETWEEN_WORDS, '')
}

function remembering<T>(answer: (key: string) => T): (key: string) => T {
  const remembered = new Map<string, T>()
  return (key) => {
    const known = remembered.get(key)
    if (known !== undefined || remembered.has(key)) return known as T
    const fresh = answer(key)
    if (remembered.size < MAX_REMEMBERED) remembered.set(key, fresh)
    return fresh
  }
}
