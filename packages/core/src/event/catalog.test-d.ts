import { expectTypeOf } from 'vitest'
import { z } from 'zod'
import { defineEvents, type AnyCatalog, type EventName, type PayloadInput } from './catalog.ts'
import { noPayload } from './schema.ts'

// Checked by the compiler in `typecheck`, never run. An error that is expected and does not come is an error.

const flag = z.object({ key: z.string(), enabled: z.boolean().default(false), rank: z.coerce.number<string>() })
const events = defineEvents({
  flag: { created: flag, deleted: { payload: flag, failMode: 'closed', redact: ['/key'], target: (deleted) => deleted.key } },
  session: { 'signed-out': noPayload },
})
type Events = typeof events

// Names are exact. A payload has the type that its schema accepts: before defaults, before coercion.
expectTypeOf<EventName<Events>>().toEqualTypeOf<'flag:created' | 'flag:deleted' | 'session:signed-out'>()
expectTypeOf<PayloadInput<Events, 'flag:created'>>().toEqualTypeOf<{ key: string; enabled?: boolean | undefined; rank: string }>()
expectTypeOf<PayloadInput<Events, 'flag:deleted'>>().toEqualTypeOf<PayloadInput<Events, 'flag:created'>>()
expectTypeOf<PayloadInput<Events, 'flag:creatd'>>().toBeNever()
expectTypeOf<PayloadInput<Events, EventName<Events>>>().toExtend<PayloadInput<Events, 'flag:created'> | null | undefined>()

// A target function gets the payload after defaults and coercion.
defineEvents({
  flag: {
    created: {
      payload: flag,
      target: (created) => {
        expectTypeOf(created).toEqualTypeOf<{ key: string; enabled: boolean; rank: number }>()
        return created.key
      },
    },
  },
})
// @ts-expect-error the payload has no such member
defineEvents({ flag: { created: { payload: flag, target: ({ id }) => id } } })
// @ts-expect-error an id is a string
defineEvents({ flag: { created: { payload: flag, target: ({ rank }) => rank } } })

// Errors are shown at the key that is wrong.
defineEvents({
  flag: {
    created: flag,
    deleted: {
      payload: flag,
      // @ts-expect-error a misspelt fail mode
      failMode: 'close',
    },
    updated: {
      payload: flag,
      // @ts-expect-error a misspelt option
      redacted: ['/key'],
    },
  },
})
// @ts-expect-error the noun 'audit' is reserved
defineEvents({ audit: { created: flag } })
// @ts-expect-error nouns are lower-case
defineEvents({ Flag: { created: flag } })
// @ts-expect-error verbs are lower-case
defineEvents({ flag: { signedOut: flag } })
// @ts-expect-error no schema
defineEvents({ flag: { created: { key: 'string' } } })

// Catalogs merge without loss, and only with other catalogs.
const billing = defineEvents({ invoice: { paid: z.object({ number: z.number() }) } })
const all = defineEvents(events, billing)
expectTypeOf<EventName<typeof all>>().toEqualTypeOf<EventName<Events> | 'invoice:paid'>()
expectTypeOf<PayloadInput<typeof all, 'invoice:paid'>>().toEqualTypeOf<{ number: number }>()
expectTypeOf<PayloadInput<typeof all, 'flag:deleted'>>().toEqualTypeOf<PayloadInput<Events, 'flag:deleted'>>()
// @ts-expect-error definitions in the place of a catalog
defineEvents(billing, { flag: { created: flag } })

// Every catalog is one, but none is another.
expectTypeOf<Events>().toExtend<AnyCatalog>()
expectTypeOf<Events>().not.toExtend<typeof all>()
expectTypeOf<typeof all>().not.toExtend<Events>()
