import { kindOf } from './guarded.ts'
import { isDenial } from './http-outcome.ts'

/** What was thrown, seen by its answer: an error of the application's own that was answered with 401 or 403 says no. */
export function asAnswered(error: unknown, status: number): unknown {
  return isDenial(status) ? { kind: kindOf(error), status } : error
}
