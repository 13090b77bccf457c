import { z } from 'zod'
import type { Audit } from '../audit.ts'
import { defineEvents, type EventName, type PayloadInput } from './catalog.ts'
import { noPayload } from './schema.ts'

// Checked by the compiler in `typecheck`, never run. An error that is expected and does not come is an error.

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function holds<_Fact extends true>(): void {}

const flag = z.object({ key: z.string(), enabled: z.boolean().default(false) })
const events = defineEvents({
  flag: { created: flag, deleted: { payload: flag, failMode: 'closed', target: (deleted) => deleted.key } },
  session: { 'signed-out': noPayload },
})
type Events = typeof events
declare const audit: Audit<Events>

// Names and payloads come from the catalog; a payload is what the schema takes, before its defaults.
holds<Equal<EventName<Events>, 'flag:created' | 'flag:deleted' | 'session:signed-out'>>()
holds<Equal<PayloadInput<Events, 'flag:created'>, { key: string; enabled?: boolean | undefined }>>()
void audit.record('flag:created', { key: 'a' })
void audit.record('flag:deleted', { key: 'a', enabled: true }, { before: { key: 'b' }, target: 'a' })
void audit.record('session:signed-out', null)
void audit.denied('flag:deleted', { target: 'a', reason: 'forbidden' })
void audit.attempt('flag:deleted', { key: 'a' }, (event) => event.succeed({ key: 'a' }))
void audit.begin('flag:deleted', { enabled: true })

// @ts-expect-error a misspelt name
void audit.record('flag:creatd', { key: 'a' })
// @ts-expect-error a missing field
void audit.record('flag:created', { enabled: true })
// @ts-expect-error a wrong type
void audit.record('flag:created', { key: 1 })
// @ts-expect-error a field nobody knows
void audit.record('flag:created', { key: 'a', colour: 'red' })
// @ts-expect-error a payload where there is none
void audit.record('session:signed-out', { key: 'a' })
// @ts-expect-error a payload of another event
void audit.attempt('flag:deleted', { id: 'a' }, () => undefined)
// @ts-expect-error a misspelt option
void audit.record('flag:created', { key: 'a' }, { tenent: 'acme' })

// A name that is not known until run time takes the payload of any of its events.
declare const either: 'flag:created' | 'flag:deleted'
void audit.record(either, { key: 'a' })
// @ts-expect-error not of either
void audit.record(either, { id: 'a' })

// Target functions are typed by the payload beside them, after its defaults.
defineEvents({ flag: { created: { payload: flag, target: ({ key, enabled }) => (enabled satisfies boolean ? key : undefined) } } })
// @ts-expect-error the payload has no such field
defineEvents({ flag: { created: { payload: flag, target: ({ id }) => id } } })
// @ts-expect-error a misspelt fail mode
defineEvents({ flag: { created: { payload: flag, failMode: 'close' } } })
// @ts-expect-error the noun 'audit' is reserved
defineEvents({ audit: { created: flag } })
// @ts-expect-error no schema
defineEvents({ flag: { created: { key: 'string' } } })

// Catalogs merge, and the audit of a small one is not that of a larger, nor the other way round.
const billing = defineEvents({ invoice: { paid: z.object({ number: z.number() }) } })
const all = defineEvents(events, billing)
declare const larger: Audit<typeof all>
void larger.record('invoice:paid', { number: 1 })
void larger.record('flag:created', { key: 'a' })
// @ts-expect-error unknown in both
void larger.record('invoice:sent', { number: 1 })
// @ts-expect-error it cannot record invoices
const asLarger: Audit<typeof all> = audit
// @ts-expect-error nor is a larger one the audit of a small catalog
const asSmaller: Audit<Events> = larger
void [asLarger, asSmaller]
