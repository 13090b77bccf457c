import { sampleBatch, sampleEvent } from '@audit/core/testing'
import type { AuditEvent, Batch, Status } from '@audit/core/sink'
import type { StoreFilter } from '../store-filter.ts'

/** The time of the first sample event. */
export const START: number = Date.parse('2026-11-22T09:00:00.000Z')

const tenants = ['acme', 'globex', undefined]
const actors = [
  { authentication: 'oidc', id: 'u_1', email: 'Ada@Example.com', name: 'Ada Lovelace', ip: '192.0.2.1' },
  { authentication: 'token', id: 'ada@example.com' },
  { authentication: 'session', id: 'u_3', onBehalfOf: { id: 'u_9', name: 'Grace' } },
  { authentication: 'none' },
]
const names = ['flag:created', 'flag:deleted', 'user:created', 'audit:opened']
const statuses: readonly Status[] = ['success', 'success', 'denied', 'failure', 'attempted']

/**
 * Returns a batch with every kind of event that a filter can tell apart. Several events have each timestamp, and the timestamps
 * are not in the order of the batch.
 */
export function sampleTrail(count: number): Batch {
  return sampleBatch(count, (index) => {
    const isSystemEvent = index % 13 === 0
    const [type, action] = (isSystemEvent ? 'audit:opened' : names[index % 3]!).split(':') as [string, string]
    const tenant = isSystemEvent ? undefined : tenants[index % 3]
    return {
      type,
      action,
      status: statuses[index % 5]!,
      timestamp: new Date(START + ((index * 7) % 60) * 1_000 - (index % 2) * 86_400_000).toISOString(),
      target: { type, id: `t/${index % 4}`, name: 'Überflug' },
      payload: { key: `flipt-${index % 6}`, enabled: index % 2 === 0, nested: [{ 'a/b~': index % 3 }], note: 'naïve café 100% ' },
      metadata: {
        actor: actors[index % 4]!,
        ...(tenant !== undefined && { tenant }),
        ...(index % 3 === 0 && { request: { id: `r_${index % 10}`, ip: '2001:db8::1' } }),
        ...(index % 7 === 0 && { correlationId: `c_${index % 3}` }),
      },
    }
  })
}

/** Filters that select some of the sample events, each by another member or by several. */
export const sampleFilters: readonly StoreFilter[] = [
  {},
  { events: ['flag:*'] },
  { events: ['!audit:*', '!flag:created'] },
  { events: ['*:created', '!user:*'], tenant: 'acme' },
  { actor: 'u_1' },
  { actor: 'ADA@example.com' },
  { target: 'flag/t/1' },
  { target: { type: 'user', id: 't/2' } },
  { tenant: 'globex' },
  { since: new Date(START), until: new Date(START + 30_000) },
  { until: '2026-11-22T08:00:00Z' },
  { text: 'ada' },
  { text: 'LOVELACE naive' },
  { text: 'uberf* 100' },
  { text: 'flipt 3', tenant: 'acme' },
  { statuses: ['denied', 'failure'] },
  { statuses: ['success'], actor: 'u_3' },
  { ip: '2001:db8::1' },
  { ip: '192.0.2.1' },
  { correlation: 'c_1' },
  { request: 'r_4' },
  { source: 'kit/host/00000000', events: ['user:created'] },
  { onBehalfOf: 'u_9' },
  { payload: { '/enabled': true, '/key': 'flipt-2' } },
  { payload: { '/nested/0/a~1b~0': 1 }, text: 'cafe', statuses: ['success'] },
]

/** Filters with values that a careless store would take for a part of its own language. None matches an event. */
export const hostileFilters: readonly StoreFilter[] = [
  ...['%', '_%', "' or 1=1 --", '"', '\u0000', '\u202eada', '\u{1f600}', '*', ';', '[', 'x'.repeat(10_000), '\ud800'].flatMap(
    (text) => [
      { actor: text },
      { tenant: text },
      { correlation: text },
      { request: text },
      { target: { type: 'flag', id: text } },
    ],
  ),
  { text: 'nothing-has-this-word' },
  { text: 'NEAR(ada, lovelace)' },
  { text: 'ada AND NOT zzz' },
  { text: 'x'.repeat(1_000) },
  { payload: { '/__proto__/polluted': true } },
  { payload: { '/constructor': null } },
  { source: "kit/host/00000000' --" },
]

/** An attempt, its outcome, and another event of the same request. */
export function sampleOperation(tenant: string): Batch {
  const attempt: AuditEvent = sampleEvent()
  const metadata = { actor: actors[0]!, tenant, request: { id: 'r_operation' } }
  const changes: readonly Partial<AuditEvent>[] = [
    { id: attempt.id, status: 'attempted', metadata },
    { status: 'success', attempt: attempt.id, metadata },
    { type: 'user', action: 'created', metadata },
    { metadata: { ...metadata, tenant: 'another' } },
  ]
  return sampleBatch(changes.length, (index) => changes[index]!)
}
