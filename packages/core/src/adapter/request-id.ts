import { randomUUID } from 'node:crypto'

/** Printable ASCII of a length that no log minds. */
const SANE = /^[\x21-\x7e]{1,128}$/

/** The id a request brought, if it is printable ASCII of at most 128 characters; anything else gives way to a random UUID. */
export function requestId(given: unknown): string {
  return typeof given === 'string' && SANE.test(given) ? given : randomUUID()
}
