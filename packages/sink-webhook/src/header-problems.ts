import { validateHeaderName, validateHeaderValue } from 'node:http'

/** Headers that the connection or this package sets itself. */
const OURS = /^(host|connection|content-(length|encoding)|expect|keep-alive|te|trailer|transfer-encoding|upgrade|webhook-.*)$/

/** Lists problems of the given headers, by name; never shows their values. */
export function headerProblems(headers: Readonly<Record<string, string>>): readonly string[] {
  const seen = new Set<string>()
  return Object.entries(headers).flatMap(([name, value]) => {
    const known = seen.has(name.toLowerCase())
    seen.add(name.toLowerCase())
    if (!isHeaderName(name)) return `headers: ${JSON.stringify(name)} is not a header's name`
    if (OURS.test(name.toLowerCase())) return `headers.${name}: it cannot be given; the sink sets it itself if needed`
    if (known) return `headers.${name}: it is given twice`
    return isHeaderValue(name, value) ? [] : `headers.${name}: its value has a character that headers cannot have`
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
