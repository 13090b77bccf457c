const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
}
/** `100MiB`, `10 MB`, `1.5GiB` or plain bytes. */
export const BYTE_SIZE: RegExp = /^(\d+(?:\.\d+)?) ?(B|[kKMGT]B|[KMGT]iB)$|^\d+$/

/** Reads a size as whole bytes. Returns undefined for any other text. */
export function parseByteSize(text: string | number): number | undefined {
  const match = BYTE_SIZE.exec(String(text))
  if (!match) return undefined
  const [written, amount, unit] = match
  const bytes = unit === undefined ? Number(written) : Number(amount) * UNITS[unit]!
  const whole = Math.round(bytes)
  return Number.isSafeInteger(whole) ? whole : undefined
}

/** Formats a size in the largest binary unit without a fraction: `104857600` is `100MiB`. */
export function formatByteSize(bytes: number): string {
  for (const unit of ['TiB', 'GiB', 'MiB', 'KiB']) {
    const count = bytes / UNITS[unit]!
    if (bytes > 0 && Number.isInteger(count)) return `${count}${unit}`
  }
  return `${bytes}B`
}
