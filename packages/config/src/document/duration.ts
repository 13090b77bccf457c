const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const UNIT = /(\d+(?:\.\d+)?)(ms|[smhd])/g
/** Durations as in Go, `1h30m`, and days. Zero needs no unit. */
export const DURATION: RegExp = /^(?:0|(?:\d+(?:\.\d+)?(?:ms|[smhd]))+)$/

/** Reads a duration as whole milliseconds. Returns undefined for any other text, and for a number without a unit except zero. */
export function parseDuration(text: string | number): number | undefined {
  const written = String(text)
  if (!DURATION.test(written)) return undefined
  let total = 0
  for (const [, amount, unit] of written.matchAll(UNIT)) total += Number(amount) * UNITS[unit!]!
  const whole = Math.round(total)
  return Number.isSafeInteger(whole) ? whole : undefined
}

/** Formats a duration in the shortest way that `parseDuration` reads back: `90000` is `1m30s`. */
export function formatDuration(milliseconds: number): string {
  let left = milliseconds
  let text = ''
  for (const [unit, length] of Object.entries(UNITS).toReversed()) {
    const count = Math.floor(left / length)
    if (count > 0) text += `${count}${unit}`
    left -= count * length
  }
  return text || '0s'
}
