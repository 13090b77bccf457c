import type { AuditEvent, Status } from '@audit/core/sink'

/** The members of an event that a store keeps beside its line, to find it again. */
export interface EventColumns {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly id: string
  readonly source: string | undefined
  readonly sequence: number | undefined
  readonly tenant: string | undefined
  /** `flag:deleted` */
  readonly name: string
  readonly status: Status
  readonly actor: string | undefined
  /** In lower case. */
  readonly email: string | undefined
  readonly onBehalfOf: string | undefined
  readonly targetType: string | undefined
  readonly targetId: string | undefined
  /** The address of the request, else of the actor. */
  readonly ip: string | undefined
  readonly request: string | undefined
  readonly correlation: string | undefined
  /** The id of the attempt that the event settles. */
  readonly attempt: string | undefined
}

/** Returns the columns of an event, or undefined if it lacks a member that every event has. */
export function columnsOf(event: AuditEvent): EventColumns | undefined {
  const { id, type, action, status, timestamp, metadata, target, attempt, source, sequence } = event
  const at = typeof timestamp === 'string' ? Date.parse(timestamp) : Number.NaN
  if (Number.isNaN(at) || typeof metadata !== 'object' || metadata === null) return undefined
  if ([id, type, action, status].some((member) => typeof member !== 'string' || member === '')) return undefined
  const { actor, request } = metadata
  return {
    at,
    id,
    source: textOf(source),
    sequence: Number.isSafeInteger(sequence) ? sequence : undefined,
    tenant: textOf(metadata.tenant),
    name: `${type}:${action}`,
    status,
    actor: textOf(actor?.id),
    email: textOf(actor?.email)?.toLowerCase(),
    onBehalfOf: textOf(actor?.onBehalfOf?.id),
    targetType: textOf(target?.type),
    targetId: textOf(target?.id),
    ip: textOf(request?.ip) ?? textOf(actor?.ip),
    request: textOf(request?.id),
    correlation: textOf(metadata.correlationId),
    attempt: textOf(attempt),
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
