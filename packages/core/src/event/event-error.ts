import type { EventError, Status } from './event.ts'
import { classNameOf, data, involvesProxy, isWord, ownData } from '../copy/class-name.ts'

/** Returns the error as short codes, without running any of its code. Its message and stack are left out: they quote values. */
export function describeError(error: unknown): EventError {
  if (typeof error !== 'object' || error === null || involvesProxy(error)) return { kind: error === null ? 'null' : typeof error }
  const code = data(error, 'code')
  const status = data(error, 'status') ?? data(error, 'statusCode')
  const kind = ownData(error, 'kind')
  return {
    // An outcome without an exception, such as a final status, is recorded as `{ kind, status }`.
    kind: isPlain(error) && isWord(kind) ? String(kind) : classNameOf(error),
    ...(isWord(code) && { code: String(code) }),
    ...(isStatus(status) && { status }),
  }
}

/** An authentication or authorization error means that the operation was denied, not that it failed. */
export function statusOf(error: EventError): Status {
  return error.status === 401 || error.status === 403 ? 'denied' : 'failure'
}

function isPlain(value: object): boolean {
  return Object.getPrototypeOf(value) === Object.prototype
}

function isStatus(status: unknown): status is number {
  return Number.isInteger(status) && (status as number) >= 100 && (status as number) <= 599
}
