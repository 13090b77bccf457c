import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineEvents } from './catalog.ts'
import { noPayload } from './schema.ts'

const schema = z.object({ key: z.string() })

test('a catalog knows each event by its name', () => {
  const { definitions } = defineEvents({
    flag: { created: schema, deleted: { payload: schema, failMode: 'closed', redact: ['/key'] } },
  })
  expect([...definitions.keys()]).toEqual(['flag:created', 'flag:deleted'])
  expect(definitions.get('flag:deleted')).toMatchObject({ type: 'flag', action: 'deleted', failMode: 'closed', redact: ['/key'] })
})

test('catalogs merge, and a name defined twice is refused', () => {
  const [flags, sessions] = [defineEvents({ flag: { created: schema } }), defineEvents({ session: { 'signed-out': noPayload } })]
  expect([...defineEvents(flags, sessions).definitions.keys()]).toEqual(['flag:created', 'session:signed-out'])
  expect(() => defineEvents(flags, defineEvents({ flag: { created: schema } }))).toThrow(/'flag:created' is defined twice/)
})

test('one error lists every problem', () => {
  const wrong = {
    audit: { lost: schema },
    Flag: { created: schema },
    flag: { Created: schema, updated: { key: 'string' }, deleted: { payload: schema, redact: ['key'] } },
  }
  const error = (() => {
    try {
      return void defineEvents(wrong as never)
    } catch (thrown) {
      return thrown as Error
    }
  })()
  expect(error).toMatchObject({ code: 'AUDIT_INVALID_CATALOG' })
  for (const part of [
    "'audit' is reserved",
    "'Flag' is not a valid noun",
    "'Created' is not a valid verb",
    "'flag:updated' has no schema",
    "did you mean '/key'?",
  ]) {
    expect(error!.message).toContain(part)
  }
})

test('an empty catalog is rejected', () => expect(() => defineEvents({})).toThrow(/defines no event/))
