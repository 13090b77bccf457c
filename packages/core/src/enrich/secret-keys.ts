/**
 * Keys whose values are secrets wherever they stand, as whole keys: OWASP's logging list of what must not be recorded, and the
 * names that HTTP, OAuth and payment APIs give such things. Only letters and digits count, in either case.
 */
const SECRET_KEYS = [
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
  'ssn',
  'socialsecuritynumber',
  'creditcard',
  'cardnumber',
  'cvv',
  'cvc',
  'iban',
]
const SECRET_ENDINGS = ['password', 'secret', 'token', 'apikey', 'privatekey', 'accesskey', 'secretkey']
/** `newPassword`, `user[password]`, `api.key`: what stands between the words is a matter of taste. */
const BETWEEN_WORDS = /[^\p{L}\p{N}]+/gu

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
  return key.toLowerCase().replace(BETWEEN_WORDS, '')
}
