import { AuditError } from '../errors.ts'
import { classNameOf, data, involvesProxy } from './class-name.ts'

const MAX_LENGTH = 64

/**
 * Describes an error for a log line: the message of our own errors, which are written to be shown; only class and code of others,
 * since their messages quote values. Runs no code of the error, and never throws.
 */
export function describeFailure(error: unknown): string {
  if (typeof error !== 'object' || error === null) return typeof error
  if (involvesProxy(error)) return 'Proxy'
  const message = AuditError.isInstance(error) ? data(error, 'message') : undefined
  // Without its full stop, since the log line goes on.
  if (typeof message === 'string') return message.replace(/\.$/, '')
  const code = data(error, 'code')
  const isCode = typeof code === 'string' || typeof code === 'number'
  return isCode ? `${classNameOf(error)} ${String(code).slice(0, MAX_LENGTH)}` : classNameOf(error)
}
