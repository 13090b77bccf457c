import { nearest, type AuditEvent, type Target } from '@audit/core/sink'

// Named in full, so that the compiler says when the event gets a member that is missing here.
const members: Record<keyof Required<AuditEvent>, true> = {
  version: true,
  type: true,
  action: true,
  metadata: true,
  payload: true,
  timestamp: true,
  id: true,
  status: true,
  attempt: true,
  target: true,
  reason: true,
  error: true,
  response: true,
  changes: true,
  truncated: true,
  invalid: true,
  source: true,
  sequence: true,
}
const ofTarget: Record<keyof Required<Target>, true> = { type: true, id: true, name: true }
/** What an application adds to `metadata`, only it knows; so these are for advice alone. */
const ofMetadata: ReadonlySet<string> = new Set(['actor', 'request', 'trace', 'tenant', 'correlationId'])

/** Why no event can have anything there; nothing if one may. */
export function unknownMember([first, second]: readonly string[]): string | undefined {
  if (first === undefined) return undefined
  if (!Object.hasOwn(members, first)) {
    const meant = ofMetadata.has(first) ? `metadata.${first}` : nearest(first, Object.keys(members))
    const advice = meant ? `did you mean '${meant}'?` : `it has ${Object.keys(members).join(', ')}`
    return `an event has no member '${first.slice(0, 64)}'; ${advice}`
  }
  if (first === 'target' && second !== undefined && !Object.hasOwn(ofTarget, second)) {
    return `a target has no member '${second.slice(0, 64)}'; it has ${Object.keys(ofTarget).join(', ')}`
  }
  return undefined
}

/** The value at a path, by own members alone; nothing if any of it is not there. */
export function valueAt(event: AuditEvent, path: readonly string[]): unknown {
  let value: unknown = event
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as Readonly<Record<string, unknown>>)[name]
  }
  return value
}
