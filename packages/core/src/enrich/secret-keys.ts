/**
 * Keys whose values are secrets wherever they stand, as whole keys: OWASP's logging list of what must not be recorded, and the names
 * that HTTP, OAuth and payment APIs give such things. Case, `_` and `-` do not count.
 */
const SECRET_KEYS = [
  'password', 'passwd', 'pwd', 'passphrase', 'passcode', 'pin', 'otp', 'secret', 'token', 'jwt', 'bearer', 'authorization',
  'proxyauthorization', 'cookie', 'setcookie', 'session', 'sessionid', 'sid', 'csrf', 'xsrf', 'apikey', 'xapikey', 'accesskey',
  'secretkey', 'privatekey', 'signingkey', 'encryptionkey', 'credential', 'credentials', 'clientsecret', 'connectionstring',
  'passwordhash', 'hashedpassword', 'salt', 'ssn', 'socialsecuritynumber', 'creditcard', 'cardnumber', 'cvv', 'cvc', 'iban',
]
const SECRET_ENDINGS = ['password', 'secret', 'token', 'apikey', 'privatekey']

/** Keys come from payloads, so what is remembered of them is bounded. */
const MAX_REMEMBERED = 10_000

/** Says whether a key names a secret. `more` are the application's own, whole keys as well. */
export function createSecretKeys(more: readonly string[]): (key: string) => boolean {
  const secrets = new Set([...SECRET_KEYS, ...more.map(normal)])
  const remembered = new Map<string, boolean>()
  return (key) => {
    const known = remembered.get(key)
    if (known !== undefined) return known
    const name = normal(key)
    const secret = secrets.has(name) || SECRET_ENDINGS.some((ending) => name.endsWith(ending))
    if (remembered.size < MAX_REMEMBERED) remembered.set(key, secret)
    return secret
  }
}

function normal(key: string): string {
  return key.toLowerCase().replaceAll('_', '').replaceAll('-', '')
}
