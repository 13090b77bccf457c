import fc from 'fast-check'
import { createBatch, type Batch } from '../../event/batch.ts'
import { encodeEvent } from '../../event/encode.ts'
import {
  statuses,
  type AuditEvent,
  type EncodedEvent,
  type EventError,
  type Metadata,
  type Status,
  type Target,
} from '../../event/event.ts'
import { toPointer } from '../../copy/pointer.ts'
import { actors } from './actors.ts'
import { eventNames } from './event-names.ts'
import { payloads } from './payloads.ts'
import { shortTexts } from './texts.ts'

/** Limits of the generated events; parts that are left out are arbitrary. */
export interface EventConstraints {
  readonly names?: fc.Arbitrary<string>
  readonly payloads?: fc.Arbitrary<unknown>
  readonly statuses?: readonly Status[]
}

export interface BatchConstraints extends EventConstraints {
  /** Default 1, the smallest batch. */
  readonly minLength?: number
  /** Default 20. */
  readonly maxLength?: number
}

const MAX_BYTES = 65_536
const FIRST_MS = Date.UTC(2020, 0)
const LAST_MS = Date.UTC(2040, 0)

/** Events as the library makes them, before a journal adds source and sequence: every status, with its own members. */
export function auditEvents(constraints: EventConstraints = {}): fc.Arbitrary<AuditEvent> {
  const text = shortTexts()
  const always = fc.record({
    name: constraints.names ?? eventNames(),
    metadata: metadata(),
    payload: constraints.payloads ?? payloads(),
    timestamp: fc.integer({ min: FIRST_MS, max: LAST_MS }).map((ms) => new Date(ms).toISOString()),
    id: fc.uuid({ version: 7 }),
    status: fc.constantFrom(...(constraints.statuses ?? statuses)),
  })
  const sometimes = fc.record(
    { target: fc.record({ id: text, name: text }, { requiredKeys: ['id'] }), attempt: fc.uuid({ version: 7 }) },
    { requiredKeys: [] },
  )
  const ofSuccess = fc.record({ changes: fc.array(changes(), { maxLength: 4 }) }, { requiredKeys: [] })
  const ofFailure = fc.record({ reason: text, error: eventErrors() }, { requiredKeys: [] })
  return fc.tuple(always, sometimes, ofSuccess, ofFailure).map((parts) => assembled(...parts))
}

/** The same events as the writer loop gives them to a journal. */
export function encodedEvents(constraints: EventConstraints = {}): fc.Arbitrary<EncodedEvent> {
  return auditEvents(constraints).map((event) => encodeEvent(event, MAX_BYTES))
}

/** Batches as a journal gives them to a sink: in one log, one event after the other, each with a different id. */
export function batches({ minLength = 1, maxLength = 20, ...constraints }: BatchConstraints = {}): fc.Arbitrary<Batch> {
  const events = fc.uniqueArray(encodedEvents(constraints), { minLength, maxLength, selector: ({ id }) => id })
  return fc.tuple(events, fc.nat(1_000_000)).map(([encoded, first]) =>
    createBatch(
      encoded.map(({ head }, index) => {
        const line = `${head},"source":"kit/host/00000000","sequence":${first + index}}`
        return { line, byteLength: Buffer.byteLength(line) + 1, end: first + index + 1 }
      }),
    ),
  )
}

type Always = Pick<AuditEvent, 'metadata' | 'payload' | 'timestamp' | 'id' | 'status'> & { readonly name: string }

/** Members of other statuses than the event's are left out. */
function assembled(
  { name, status, metadata, payload, timestamp, id }: Always,
  { target, attempt }: { readonly target?: Omit<Target, 'type'>; readonly attempt?: string },
  success: Pick<AuditEvent, 'changes'>,
  failure: Pick<AuditEvent, 'reason' | 'error'>,
): AuditEvent {
  const [type, action] = name.split(':') as [string, string]
  const outcome = status === 'success' ? success : status === 'attempted' ? {} : failure
  return {
    version: '1.0',
    type,
    action,
    metadata,
    payload,
    timestamp,
    id,
    status,
    ...(attempt !== undefined && status !== 'attempted' && { attempt }),
    ...(target && { target: { type, ...target } }),
    ...outcome,
  }
}

function metadata(): fc.Arbitrary<Metadata> {
  const text = shortTexts()
  const request = fc.record(
    {
      id: text,
      method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE'),
      route: fc.constantFrom('/', '/flags/:key'),
      ip: fc.oneof(fc.ipV4(), fc.ipV6()),
    },
    { requiredKeys: [] },
  )
  const hexadecimal = (length: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`))
  const trace = fc.record({ traceId: hexadecimal(32), spanId: hexadecimal(16) }, { requiredKeys: ['traceId'] })
  const members = { actor: actors(), request, trace, tenant: text, correlationId: text }
  return fc.record(members, { requiredKeys: ['actor'] })
}

function eventErrors(): fc.Arbitrary<EventError> {
  const members = {
    kind: fc.constantFrom('Error', 'TypeError', 'ConflictError'),
    code: fc.constantFrom('ECONNRESET', 'P2002'),
    status: fc.integer({ min: 100, max: 599 }),
  }
  return fc.record(members, { requiredKeys: ['kind'] })
}

function changes(): fc.Arbitrary<NonNullable<AuditEvent['changes']>[number]> {
  const path = fc.array(fc.stringMatching(/^[a-f~/]{1,3}$/), { minLength: 1, maxLength: 3 }).map(toPointer)
  const values = fc.oneof(fc.integer(), shortTexts(), fc.constant(null))
  return fc.oneof(
    fc.record({ path, from: values, to: values }, { requiredKeys: ['path', 'to'] }),
    fc.record({ path, from: values }),
    fc.record({ path, changed: fc.constant(true) }),
  )
}
