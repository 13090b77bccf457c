import { randomFillSync } from 'node:crypto'

const POOLED = 512
const BYTES = 10
const pool = Buffer.allocUnsafe(POOLED * BYTES)
let digits = ''
let offset = 0
let lastMs = 0
let prefix = ''
let text = ''

/** A UUIDv7 from pooled random bytes; the time part is made once per millisecond. */
export function id(): string {
  tick()
  if (offset === digits.length) refill()
  const start = offset
  offset += BYTES * 2
  return `${prefix}-7${digits.slice(start, start + 3)}-a${digits.slice(start + 3, start + 6)}-${digits.slice(start + 6, start + 18)}`
}

/** RFC 3339, made once per millisecond. */
export function timestamp(): string {
  tick()
  return text
}

function tick(): void {
  const now = Date.now()
  if (now === lastMs) return
  lastMs = now
  const hex = now.toString(16).padStart(12, '0')
  prefix = `${hex.slice(0, 8)}-${hex.slice(8)}`
  text = new Date(now).toISOString()
}

function refill(): void {
  randomFillSync(pool)
  digits = pool.toString('hex')
  offset = 0
}
