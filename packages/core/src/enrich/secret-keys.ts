import { inLatin, keyWords } from './key-words.ts'
import {
  aboutWords,
  ambiguousWords,
  carriers,
  countedTokens,
  numberCarriers,
  numberNames,
  numberPhrases,
  numberWords,
  pinOwners,
  predicates,
  secretNames,
  secretPhrases,
  secretWords,
} from './secret-words.ts'

/** `credential`: it opens something. `number`: it names someone or something, so it may be hashed to be searched for. */
type SecretKind = 'credential' | 'number'

/** Run together with a name that is not a known word: `acmepassword`, `mailguntoken`. */
const ENDINGS = [
  'password',
  'passwd',
  'passwort',
  'passphrase',
  'secret',
  'token',
  'apikey',
  'privatekey',
  'accesskey',
  'secretkey',
]
/** Scripts that put nothing between their words: `新密码`, `パスワード確認`. */
const WITHOUT_SPACES = [...secretWords].filter((word) => /[^\x20-\x7e]/.test(word))
/** `newPassword`, `user[password]`, `api.key`: separators between the words vary. */
const BETWEEN_WORDS = /[^\p{L}\p{N}]+/gu
const ASCII = /^[\x20-\x7e]*$/
/** In every key that names a secret. Most keys have none of them, and need not be taken apart. */
const ROOTS =
  /pass|pw|psw|key|code|auth|cookie|[cx]srf|sess|sid|otp|otc|jwt|bearer|cred|cv[cv]|ssn|iban|salt|seed|sig|hmac|pem|pfx|p12|dsn|puk|pin|pan|token|secret|assert|connect|ur[il]|link|href|saml|phrase|words|answer|card|cc|account|number|insur|secur|tax|national|licen|fiscale|steuer|sort|rout|aba|aadhaar|person|nino|cpf|curp|bsn|kennw|mdp|contras|senha|wachtw|haslo|heslo|losen|adgang|salas|jelszo|sifre|geheim|clave|parola|mnemo|kube|psk|prv|privkey|magstripe|dockerconf|lozink|geslo|parool|slaptaz|khau|sandi|webhook|bcrypt|argon|scrypt|salted|rsa|dsa|verifi|commun|conn|cvn|csc|sas|sk|pat|2fa|^(?:[a-z\d][^a-z\d]){4}|[^\x20-\x7e]/
/** Longer names were cut in their middle (`cutName`); their end decides. */
const MAX_JUDGED = 288

/** Keys come from payloads, so the cache of answers is bounded. */
const MAX_REMEMBERED = 10_000

/** Decides if a key names a secret. `more` are the application's own, as whole keys; those of `hashed` do not count. */
export function createSecretKeys(more: readonly string[], hashed: readonly string[] = []): (key: string) => boolean {
  const secrets = new Set(more.map(wordsOf))
  const others = new Set(hashed.map(wordsOf))
  return (key) => {
    if (secrets.size > 0 && secrets.has(wordsOf(key))) return true
    const kind = secretKind(key)
    return kind !== undefined && !(kind === 'number' && others.has(wordsOf(key)))
  }
}

/** Returns the field that a key names, if it is one of those. */
export function createHashedKeys(fields: readonly string[]): (key: string) => string | undefined {
  if (fields.length === 0) return () => undefined
  const known = new Set(fields)
  return remembering((key) => {
    const name = wordsOf(key)
    return known.has(name) ? name : undefined
  })
}

/** True if its value opens something. Anyone who has the hash of one, and the key, can try passwords as fast as they like. */
export function isCredential(key: string): boolean {
  return secretKind(key) === 'credential'
}

/** A key in lower case, without the characters between its words. Part of the hashed text, so it never changes. */
export function wordsOf(key: string): string {
  return key.toLowerCase().replace(BETWEEN_WORDS, '')
}

/**
 * The secret that a key names, if any. A key names a secret if one of its words does (`tokenValue`), two or three together
 * (`apiKey`, `mfaCode`), or the key as a whole (`pass`). It does not if it goes on to say something about the secret
 * (`passwordPolicy`, `tokenCount`) or names another thing (`tokenStandard`), or asks whether there is one (`hasPassword`).
 */
export function secretKind(key: string): SecretKind | undefined {
  if (key.length < 2) return undefined
  const given = key.length > MAX_JUDGED ? key.slice(-MAX_JUDGED) : key
  if (!ROOTS.test(given.toLowerCase())) return undefined
  const kind = kindOf(given)
  if (kind !== undefined) return kind
  const latin = inLatin(given)
  return latin === given ? undefined : kindOf(latin)
}

function kindOf(key: string): SecretKind | undefined {
  const words = keyWords(key)
  if (words.length === 0) return undefined
  const name = words.join('')
  if (secretNames.has(name) || (words.length === 1 && key.length < 8 && secretNames.has(wordsOf(key)))) return 'credential'
  if (numberNames.has(name)) return 'number'
  if (words.length > 1 && predicates.has(words[0]!)) return undefined
  return kindOfTerm(words, secretWords, secretPhrases, 'credential') ?? kindOfTerm(words, numberWords, numberPhrases, 'number')
}

/** The last term of a key, and the words after it, decide. */
function kindOfTerm(
  words: readonly string[],
  terms: ReadonlySet<string>,
  phrases: ReadonlySet<string>,
  kind: SecretKind,
): SecretKind | undefined {
  const isAbout = aboutWords.has(words.at(-1)!)
  for (let end = words.length; end > 0; end--) {
    if (end < words.length && isAbout) return undefined
    const word = words[end - 1]!
    const before = words[end - 2] ?? ''
    const behind = words.slice(end)
    const isTerm = terms.has(word) && !isCounted(word, before)
    if (isTerm && isStillSecret(word, behind, kind)) return kind
    const isPhrase =
      (end > 1 && phrases.has(`${before} ${word}`)) || (end > 2 && phrases.has(`${words[end - 3]!} ${before} ${word}`))
    if (isPhrase && (kind === 'credential' || areAll(behind, numberCarriers))) return kind
    if (kind === 'number') continue
    if (behind.length === 0 && word === 'pin' && (before === '' || pinOwners.has(before))) return kind
    if (!ASCII.test(word) && WITHOUT_SPACES.some((secret) => word.includes(secret))) return kind
    if (!isTerm && !terms.has(word) && word.length > 6 && ENDINGS.some((ending) => word.endsWith(ending))) return kind
  }
  return undefined
}

function isCounted(word: string, before: string): boolean {
  return (word === 'token' || word === 'tokens') && countedTokens.has(before)
}

/** The words after a term may change its meaning. The last four digits of a US social security number are used like it. */
function isStillSecret(word: string, behind: readonly string[], kind: SecretKind): boolean {
  if (kind === 'number') return areAll(behind, numberCarriers) || (word === 'ssn' && behind[0] === 'last')
  return !ambiguousWords.has(word) || areAll(behind, carriers)
}

function areAll(words: readonly string[], known: ReadonlySet<string>): boolean {
  return words.every((word) => known.has(word))
}

/** Keeps two generations of answers, so that a payload with many unique keys displaces the others only once. */
export function remembering<T>(answer: (key: string) => T): (key: string) => T {
  let recent = new Map<string, T>()
  let earlier = new Map<string, T>()
  return (key) => {
    const known = recent.get(key)
    if (known !== undefined || recent.has(key)) return known as T
    const fresh = earlier.has(key) ? (earlier.get(key) as T) : answer(key)
    if (recent.size >= MAX_REMEMBERED) [earlier, recent] = [recent, new Map()]
    recent.set(key, fresh)
    return fresh
  }
}
