import { AuditError } from '../errors.ts'
import type { EncodedEvent, EventHeader } from '../event/event.ts'

export function closedError(): AuditError {
  return new AuditError('AUDIT_CLOSED', 'The audit is closed; nothing was recorded. Record before close(), and close() last.')
}

export function queueFullError(event: EventHeader): AuditError {
  const name = `${event.type}:${event.action}`
  return new AuditError(
    'AUDIT_QUEUE_FULL',
    `'${name}' was not recorded: the queue is full because the journal cannot keep up. Try again later.`,
  )
}

export function notConfirmedError(event: EncodedEvent): AuditError {
  const name = `${event.type}:${event.action}`
  return new AuditError(
    'AUDIT_NOT_CONFIRMED',
    `The journal did not confirm '${name}' (${event.id}) in time. Do not perform the operation: it could not be audited.`,
  )
}
