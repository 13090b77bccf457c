import { nearest } from '@audit/core/internal'
import type { AuditEvent, Target } from '@audit/core/sink'

// Complete, so that the compiler reports a new member of the event that is missing here.
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
/** For suggestions only: applications add other members to `metadata`. */
const ofMetadata: ReadonlySet<string> = new Set(['actor', 'request', 'trace', 'tenant', 'correlationId'])

/** Returns the reason why no event has anything at this path; undefined if one may. */
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

/** Returns the value at a path, by own members only; undefined if any of it is missing. */
export function valueAt(event: AuditEvent, path: readonly string[]): unknown {
  let value: unknown = event
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as Readonly<Record<string, unknown>>)[name]
  }
  return value
}
