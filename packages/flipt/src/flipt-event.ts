import type { AuditEvent, Status } from '@audit/core/sink'
import { goJson } from './go-json.ts'

/** An event of Flipt's audit version 0.2, with its members in the order of its webhook. */
export interface FliptEvent {
  readonly version: '0.2'
  readonly type: string
  readonly action: string
  readonly metadata: { readonly actor: Readonly<Record<string, string>> }
  readonly payload: unknown
  readonly timestamp: string
  readonly status: Status
}

/** The name of a member, and its value as JSON. */
export type Member = readonly [name: string, json: string]

/** Flipt knows no attempts, no failures and no system events. */
export const fliptKnows: { readonly statuses: readonly ['success', 'denied']; readonly systemEvents: false } = {
  statuses: ['success', 'denied'],
  systemEvents: false,
}

/** Returns an event as Flipt shows it: only its members, only non-empty members of the actor, and whole seconds. */
export function fliptEvent(event: AuditEvent): FliptEvent {
  const { authentication, ip, email, name, picture } = event.metadata.actor
  const known = Object.entries({ authentication, ip, email, name, picture }).filter(([, value]) => value)
  return {
    version: '0.2',
    type: event.type,
    action: event.action,
    metadata: { actor: Object.fromEntries(known) as Record<string, string> },
    payload: event.payload ?? null,
    timestamp: wholeSeconds(event.timestamp),
    status: event.status,
  }
}

/** Returns the named members, in this order. For Go the payload is a map, which it sorts; the rest has the order of its types. */
export function fliptMembers(event: AuditEvent, names: readonly (keyof FliptEvent)[]): readonly Member[] {
  const shown = fliptEvent(event)
  return names.map((name) => [name, name === 'payload' ? goJson(shown.payload) : JSON.stringify(shown[name])])
}

export function wholeSeconds(timestamp: string): string {
  return `${timestamp.slice(0, 19)}Z`
}
