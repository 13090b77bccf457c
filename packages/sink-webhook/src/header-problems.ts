import { validateHeaderName, validateHeaderValue } from 'node:http'

/** Headers that the connection, or this package, has to say itself. */
const OURS =
  /^(host|connection|content-(length|encoding)|expect|keep-alive|te|trailer|transfer-encoding|upgrade|webhook-.*|x-flipt-webhook-.*)$/

/** What is wrong with headers that somebody gives, by name; never their values. */
export function headerProblems(headers: Readonly<Record<string, string>>): readonly string[] {
  const seen = new Set<string>()
  return Object.entries(headers).flatMap(([name, value]) => {
    const known = seen.has(name.toLowerCase())
    seen.add(name.toLowerCase())
    if (!isHeaderName(name)) return `headers: ${JSON.stringify(name)} is not a header's name`
    if (OURS.test(name.toLowerCase())) return `headers.${name}: it cannot be given; the sink sets what is needed`
    if (known) return `headers.${name}: it is given twice`
    return isHeaderValue(name, value) ? [] : `headers.${name}: there is a character in it that no header may have`
  })
}

function isHeaderName(name: string): boolean {
  try {
    validateHeaderName(name)
    return true
  } catch {
    return false
  }
}

function isHeaderValue(name: string, value: string): boolean {
  try {
    validateHeaderValue(name, value)
    return true
  } catch {
    return false
  }
}
