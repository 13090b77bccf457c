import type { AuditEvent } from '../event/event.ts'
import type { SystemAction } from '../event/event-pattern.ts'
import type { Stamp } from '../event/stamp.ts'

/** Makes the library's own events: type `audit`, with the service itself as actor. */
export interface SystemEvents {
  create(action: SystemAction, payload: unknown): AuditEvent
  /** Makes the outcome of an event that reached the log although its caller was rejected. */
  notConfirmed(event: AuditEvent): AuditEvent
}

export function createSystemEvents(service: string, stamp: Stamp): SystemEvents {
  const metadata = Object.freeze({ actor: Object.freeze({ authentication: 'none', id: service, type: 'system' as const }) })
  return {
    create: (action, payload) => ({
      version: '1.0',
      type: 'audit',
      action,
      metadata,
      payload,
      timestamp: stamp.timestamp(),
      id: stamp.id(),
      status: 'success',
    }),
    notConfirmed: (event) => ({
      version: '1.0',
      type: event.type,
      action: event.action,
      metadata: event.metadata,
      payload: null,
      timestamp: stamp.timestamp(),
      id: stamp.id(),
      status: 'failure',
      attempt: event.id,
      ...(event.target && { target: event.target }),
      reason: 'AUDIT_NOT_CONFIRMED',
      error: { kind: 'AuditError', code: 'AUDIT_NOT_CONFIRMED' },
    }),
  }
}
