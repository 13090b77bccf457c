import type { AuditContext, AuditEvent } from '@audit/core'
import type { EncodedEvent } from '@audit/core/journal'
import { sampleEncoded } from '@audit/core/testing'

// The sample event of all benchmarks: a changed feature flag, some 440 bytes of JSON in all.

export interface FlagUpdate {
  readonly key: string
  readonly description: string
  readonly enabled: boolean
  readonly rollout: number
}

/** Largest number of events in one append of the library, and in one call of a peer. */
export const BATCH_EVENTS = 1_000

export const payloads: readonly FlagUpdate[] = Array.from({ length: BATCH_EVENTS }, (_, index) => ({
  key: `checkout-${index}`,
  description: 'Pays with the new checkout',
  enabled: index % 2 === 0,
  rollout: index % 101,
}))

export const context: AuditContext = {
  actor: { authentication: 'token', id: 'user-4711', ip: '192.0.2.17' },
  request: { id: '01996a3e-7c1f-7d02', method: 'PUT', route: '/flags/:key', ip: '192.0.2.17' },
  tenant: 'acme',
}

/** The same events for a peer: finished objects, which already have an id and a time. */
export const finishedEvents: readonly AuditEvent[] = payloads.map((payload, index) => ({
  version: '1.0',
  type: 'flag',
  action: 'updated',
  metadata: context as AuditEvent['metadata'],
  payload,
  timestamp: '2026-11-22T10:00:00.000Z',
  id: `01996a3e-7c1f-7d02-8f3a-${String(index).padStart(12, '0')}`,
  status: 'success',
}))

export const encodedEvents: readonly EncodedEvent[] = finishedEvents.map((event) => sampleEncoded(event))

/** Members that the journal adds to each line. Peers write them too, so that they write as many bytes. */
const TAIL = { source: 'bench/this-machine/0a1b2c3d', sequence: 1_234_567, crc: '9ae0daaf' } as const

/** Complete lines, as objects. */
export const finishedLines: readonly object[] = finishedEvents.map((event) => Object.assign({}, event, TAIL))
/** The same as text, without line ends. */
export const lines: readonly string[] = finishedLines.map((line) => JSON.stringify(line))
