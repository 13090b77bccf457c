import type { EventError, Status } from './event.ts'
import { classNameOf, data, involvesProxy, isWord, ownData } from './class-name.ts'

/** The error in machine words, read without running any of its code. Its message and stack stay out: they quote values. */
export function describeError(error: unknown): EventError {
  if (typeof error !== 'object' || error === null || involvesProxy(error)) return { kind: error === null ? 'null' : typeof error }
  const code = data(error, 'code')
  const status = data(error, 'status') ?? data(error, 'statusCode')
  const kind = ownData(error, 'kind')
  return {
    // An outcome without an exception, such as a final status, is told as `{ kind, status }`.
    kind: isPlain(error) && isWord(kind) ? String(kind) : classNameOf(error),
    ...(isWord(code) && { code: String(code) }),
    ...(isStatus(status) && { status }),
  }
}

/** An authentication or authorization error means that the deed was refused, not that it went wrong. */
export function statusOf(error: EventError): Status {
  return error.status === 401 || error.status === 403 ? 'denied' : 'failure'
}

function isPlain(value: object): boolean {
  return Object.getPrototypeOf(value) === Object.prototype
}

function isStatus(status: unknown): status is number {
  return Number.isInteger(status) && (status as number) >= 100 && (status as number) <= 599
}
