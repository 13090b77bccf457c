import { expectTypeOf } from 'vitest'
import { z } from 'zod'
import {
  createAudit,
  defineEvents,
  memoryJournal,
  memorySink,
  noPayload,
  redactedHash,
  type Audit,
  type OpenEvent,
  type Receipt,
} from '../index.ts'
import type { RemovedSink } from '../deliver/remove-sink.ts'

// Checked by the compiler in `typecheck`, never run. An error that is expected and does not come is an error.

const flag = z.object({ key: z.string(), enabled: z.boolean().default(false) })
const events = defineEvents({ flag: { created: flag, deleted: flag }, session: { 'signed-out': noPayload } })
const audit = createAudit({ service: 'flags-api', events, journal: memoryJournal() })
expectTypeOf(audit).toEqualTypeOf<Audit<typeof events>>()

// record: the name picks the payload.
expectTypeOf(audit.record('flag:created', { key: 'a' })).toEqualTypeOf<Promise<Receipt>>()
void audit.record('flag:deleted', { key: 'a', enabled: true }, { before: { key: 'b' }, target: 'a', tenant: 'acme' })
void audit.record('session:signed-out', null)
// @ts-expect-error a misspelt name
void audit.record('flag:creatd', { key: 'a' })
// @ts-expect-error a missing member
void audit.record('flag:created', { enabled: true })
// @ts-expect-error no payload at all
void audit.record('flag:created')
// @ts-expect-error a wrong type
void audit.record('flag:created', { key: 1 })
// @ts-expect-error an unknown member
void audit.record('flag:created', { key: 'a', colour: 'red' })
// @ts-expect-error a payload for an event without one
void audit.record('session:signed-out', { key: 'a' })
// @ts-expect-error a misspelt option
void audit.record('flag:created', { key: 'a' }, { tenent: 'acme' })

// A name known only at run time takes the payload of any event it may be; one that may be anything is not a name.
declare const either: 'flag:created' | 'flag:deleted'
void audit.record(either, { key: 'a' })
// @ts-expect-error not of either
void audit.record(either, { id: 'a' })
declare const some: string
// @ts-expect-error any string
void audit.record(some, { key: 'a' })

// denied knows names, not payloads.
void audit.denied('flag:deleted', { target: { type: 'flag', id: 'a' }, reason: 'forbidden' })
// @ts-expect-error a misspelt name
void audit.denied('flag:delete')

// attempt() resolves with the result of the operation; the open event takes the same payload.
expectTypeOf(audit.attempt('flag:deleted', { key: 'a' }, () => 1)).toEqualTypeOf<Promise<number>>()
expectTypeOf(audit.attempt('flag:deleted', { key: 'a' }, async () => 'done' as const)).toEqualTypeOf<Promise<'done'>>()
void audit.attempt('flag:deleted', { key: 'a' }, (open) => open.succeed({ key: 'a', enabled: true }))
// @ts-expect-error a payload of another shape
void audit.attempt('flag:deleted', { id: 'a' }, () => undefined)
// @ts-expect-error a payload of another shape in the outcome
void audit.attempt('flag:deleted', { key: 'a' }, (open) => open.succeed({ id: 'a' }))

// begin() takes a partial payload.
expectTypeOf(audit.begin('flag:deleted', { enabled: true })).toEqualTypeOf<
  Promise<OpenEvent<{ key: string; enabled?: boolean | undefined }>>
>()
void audit.begin('flag:deleted')
// @ts-expect-error but no wrong member
void audit.begin('flag:deleted', { enabled: 'yes' })

// run() returns the result of its callback.
expectTypeOf(audit.run({ tenant: 'acme' }, () => 1)).toEqualTypeOf<number>()
expectTypeOf(audit.run({ tenant: 'acme' }, async () => 1)).toEqualTypeOf<Promise<number>>()
// @ts-expect-error a misspelt member of the context
audit.run({ tenent: 'acme' }, () => 1)

// The audit of a small catalog is not that of a larger one, nor the other way round.
const all = defineEvents(events, defineEvents({ invoice: { paid: z.object({ number: z.number() }) } }))
declare const larger: Audit<typeof all>
void larger.record('invoice:paid', { number: 1 })
void larger.record('flag:created', { key: 'a' })
expectTypeOf<Audit<typeof events>>().not.toExtend<Audit<typeof all>>()
expectTypeOf<Audit<typeof all>>().not.toExtend<Audit<typeof events>>()

// Unless a program registers its catalog, an `Audit` without one takes any name.
declare const any: Audit
void any.record('anything:done', { at: 'all' })

// sinks.add() takes the sinks that createAudit() takes.
expectTypeOf(audit.sinks.add({ sink: memorySink(), events: ['flag:*'], tenants: ['acme'], from: 'oldest' })).toEqualTypeOf<
  Promise<void>
>()
expectTypeOf(audit.sinks.remove('memory', { timeoutMs: 1 })).toEqualTypeOf<Promise<RemovedSink>>()
expectTypeOf(audit.sinks.names).toEqualTypeOf<readonly string[]>()
// @ts-expect-error a sink has a name
void audit.sinks.add({ write: async () => undefined })
// @ts-expect-error a list
void audit.sinks.add({ sink: memorySink(), tenants: 'acme' })

// A value that JSON can express can be hashed.
expectTypeOf(redactedHash('ada@example.com', { hashKey: 'a key of sixteen bytes', field: 'email' })).toEqualTypeOf<string>()
// @ts-expect-error not an object: each value of it is hashed
void redactedHash({ email: 'a' }, { hashKey: 'a key of sixteen bytes', field: 'email' })
