const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }
const AGO = /^(\d{1,6})([smhdw])$/
/** A date, or a date and a time with their offset; seconds and their fractions are optional. */
const RFC_3339 = /^\d{4}-\d{2}-\d{2}(?:[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d{2}:\d{2}))?$/

/** Returns milliseconds since 1970 for a date, RFC 3339, or a time before `now` (`30m`, `1h`, `7d`). Undefined for other text. */
export function instantOf(given: unknown, now: number): number | undefined {
  if (given instanceof Date) return Number.isNaN(given.getTime()) ? undefined : given.getTime()
  if (typeof given !== 'string') return undefined
  const ago = AGO.exec(given)
  if (ago) return now - Number(ago[1]) * UNITS[ago[2]!]!
  if (!RFC_3339.test(given)) return undefined
  const instant = Date.parse(given.toUpperCase().replace(' ', 'T'))
  return Number.isNaN(instant) || !hasThatDay(given) ? undefined : instant
}

/** `Date.parse` accepts the 31st of February as the 3rd of March. */
function hasThatDay(text: string): boolean {
  const day = text.slice(0, 10)
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day)
}
