import { kindOf } from './ask.ts'

/** Whether a status says that the one who asked may not. */
export function isDenial(status: number): boolean {
  return status === 401 || status === 403
}

/** The short code for an answer that tells no more than its status: `unauthenticated`, `forbidden`, `status-409`. */
export function reasonOfStatus(status: number): string {
  return status === 401 ? 'unauthenticated' : status === 403 ? 'forbidden' : `status-${status}`
}

/** What was thrown, seen by its answer: an error of the application's own that was answered with 401 or 403 says no. */
export function asAnswered(error: unknown, status: number): unknown {
  return isDenial(status) ? { kind: kindOf(error), status } : error
}
