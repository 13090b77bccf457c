import { randomUUID } from 'node:crypto'

/** Printable ASCII of a length that every log accepts. */
const SANE = /^[\x21-\x7e]{1,128}$/

/** The given id of a request, if it is printable ASCII of at most 128 characters; otherwise a random UUID. */
export function requestId(given: unknown): string {
  return typeof given === 'string' && SANE.test(given) ? given : randomUUID()
}
