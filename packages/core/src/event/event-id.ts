import { randomFillSync } from 'node:crypto'
import type { Clock } from '../clock.ts'

const RANDOM_BYTES = 8
const POOLED_IDS = 512
/**
 * Twelve bits. A fresh millisecond starts in the lower half, which leaves room for 2,048 ids before it must borrow from the next.
 */
const MAX_COUNTER = 0xfff

/**
 * Makes UUIDv7 ids (RFC 9562 §5.7, §6.2 method 1: the 12 bits after the time are a counter). Each is greater than the one before,
 * even within a millisecond and when the wall clock steps back.
 */
export function createEventIds(clock: Clock): () => string {
  const pool = Buffer.allocUnsafe(RANDOM_BYTES * POOLED_IDS)
  let digits = ''
  let offset = 0
  let lastMs = 0
  let counter = 0
  let prefix = ''

  function refill(): void {
    randomFillSync(pool)
    // The variant: the two highest bits of the first byte are 10.
    for (let index = 0; index < pool.length; index += RANDOM_BYTES) pool[index] = (pool[index]! & 0x3f) | 0x80
    digits = pool.toString('hex')
    offset = 0
  }

  return () => {
    if (offset === digits.length) refill()
    const now = clock.now()
    if (now > lastMs || counter === MAX_COUNTER) {
      lastMs = Math.max(now, lastMs + 1)
      counter = Number.parseInt(digits.slice(offset + 8, offset + 11), 16) & 0x7ff
      const time = lastMs.toString(16).padStart(12, '0')
      prefix = `${time.slice(0, 8)}-${time.slice(8)}-7`
    } else {
      counter++
    }
    const id = `${prefix}${counter.toString(16).padStart(3, '0')}-${digits.slice(offset, offset + 4)}-${digits.slice(offset + 4, offset + 16)}`
    offset += RANDOM_BYTES * 2
    return id
  }
}
