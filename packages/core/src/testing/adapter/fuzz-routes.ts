import { defineEvents, type AnyCatalog } from '../../event/catalog.ts'
import { noPayload, type Schema } from '../../event/schema.ts'

/** The effect of an operation and its caller. Each request has its own, so an event with another request's values is found. */
export interface Operation {
  readonly by: string
  readonly key: string
}

/** Lets through `by` and `key`. Written here, since core depends on no schema library. */
const operation = {
  '~standard': {
    version: 1,
    vendor: 'audit-fuzz',
    validate(value: unknown) {
      const { by, key } = (value ?? {}) as Partial<Operation>
      if (typeof by === 'string' && typeof key === 'string') return { value: { by, key } }
      return { issues: [{ message: 'not an operation' }] }
    },
  },
} as const satisfies Schema<Operation>

export const fuzzEvents: AnyCatalog = defineEvents({
  flag: { created: operation, read: noPayload, exported: noPayload, purged: { payload: operation, failMode: 'closed' } },
  item: { created: operation },
})

/** A route that the application under test has. Every route asks `Ledger.guard` and then `Ledger.handle`. */
export interface FuzzRoute {
  readonly method: string
  /** `:key` matches the target. */
  readonly pattern: string
  /** The event that audits it. */
  readonly event?: string
  /** `not-audited`: its event is an exemption. `stream`: it sends what `Ledger.stream` gives. */
  readonly kind?: 'not-audited' | 'stream'
}

/**
 * In this order: `/flags/mine` and `/flags/search` stand before the audited routes whose patterns match them too. The application
 * mounts or nests `/api/v1`, as its framework does.
 */
export const fuzzRoutes: readonly FuzzRoute[] = [
  { method: 'GET', pattern: '/flags/mine' },
  { method: 'POST', pattern: '/flags/search' },
  { method: 'POST', pattern: '/flags/:key', event: 'flag:created' },
  { method: 'GET', pattern: '/flags/:key', event: 'flag:read' },
  { method: 'DELETE', pattern: '/flags/:key', event: 'flag:purged' },
  { method: 'GET', pattern: '/exports/:key', event: 'flag:exported', kind: 'stream' },
  { method: 'POST', pattern: '/preview/:key', kind: 'not-audited' },
  { method: 'POST', pattern: '/api/v1/items/:key', event: 'item:created' },
]
