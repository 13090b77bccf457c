import { AuditError } from '../errors.ts'
import { classNameOf, data, involvesProxy } from './class-name.ts'

const MAX_LENGTH = 64

/**
 * An error for a log line: the text of our own errors, whose authors know that it is shown, of others only class and code: their
 * texts quote values. Runs nothing of the error, and never throws.
 */
export function describeFailure(error: unknown): string {
  if (typeof error !== 'object' || error === null) return typeof error
  if (involvesProxy(error)) return 'Proxy'
  const message = AuditError.isInstance(error) ? data(error, 'message') : undefined
  // A sentence, which goes on where it is shown.
  if (typeof message === 'string') return message.replace(/\.$/, '')
  const code = data(error, 'code')
  const isCode = typeof code === 'string' || typeof code === 'number'
  return isCode ? `${classNameOf(error)} ${String(code).slice(0, MAX_LENGTH)}` : classNameOf(error)
}
