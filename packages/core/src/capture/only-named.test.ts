import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { defineEvents } from '../event/catalog.ts'
import { jsonValue } from '../event/json-value.ts'
import type { Schema } from '../event/schema.ts'
import { auditRecorder } from '../testing/recorder.ts'
import { onlyNamed } from './only-named.ts'

const mark = '[invalid]'
const kept = (schema: Schema, value: unknown) => jsonValue(onlyNamed(schema, value))

/** A schema of another library, which describes itself as Standard JSON Schema says. */
function describedBy(input: object, output: object | Error = input): Schema {
  const describe = (side: object) => () => {
    if (side instanceof Error) throw side
    return side as Record<string, unknown>
  }
  return {
    '~standard': {
      version: 1,
      vendor: 'other',
      validate: () => ({ issues: [{ message: 'canary', path: ['a'] }] }),
      jsonSchema: { input: describe(input), output: describe(output) },
    },
  }
}

const tree = z.object({
  name: z.string(),
  get children() {
    return z.array(tree).optional()
  },
})

describe('of a zod schema', () => {
  test.each<[string, Schema, unknown, unknown]>([
    ['members', z.object({ a: z.string() }), { a: 'x', more: 'canary' }, { a: 'x' }],
    ['members inside', z.object({ a: z.object({ b: z.number() }).optional() }), { a: { b: 1, c: 'canary' } }, { a: { b: 1 } }],
    ['lists', z.array(z.object({ a: z.string() })), [{ a: 'x', more: 'canary' }], [{ a: 'x' }]],
    ['tuples', z.tuple([z.string()]), ['x', 'canary'], ['x', mark]],
    ['records', z.record(z.string(), z.object({ a: z.string() })), { k: { a: 'x', more: 'canary' } }, { k: { a: 'x' } }],
    ['Maps', z.map(z.string(), z.object({ a: z.string() })), new Map([['k', { a: 'x', more: 'canary' }]]), { k: { a: 'x' } }],
    ['Sets', z.set(z.object({ a: z.string() })), new Set([{ a: 'x', more: 'canary' }]), [{ a: 'x' }]],
    [
      'members of any kind',
      z.object({ a: z.any(), b: z.looseObject({}) }),
      { a: { x: 1 }, b: { y: 2 } },
      { a: { x: 1 }, b: { y: 2 } },
    ],
    ['other members of one kind', z.object({}).catchall(z.number()), { a: 1, b: { c: 'canary' } }, { a: 1, b: mark }],
    ['a strict object', z.strictObject({ a: z.string() }), { a: 'x', more: 'canary' }, { a: 'x' }],
    ['a union', z.union([z.object({ a: z.string() }), z.string()]), { a: 'x', more: 'canary' }, { a: 'x' }],
    [
      'the union member that the discriminator selects',
      z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('user'), id: z.string() }),
        z.object({ kind: z.enum(['admin', 'root']), note: z.string() }),
      ]),
      { kind: 'user', id: 'u', note: 'canary' },
      { kind: 'user', id: 'u' },
    ],
    [
      'an intersection',
      z.intersection(z.object({ a: z.string() }), z.object({ b: z.string() })),
      { a: 'x', b: 'y', c: 'canary' },
      { a: 'x', b: 'y' },
    ],
    [
      'a schema that refers to itself',
      tree,
      { name: 'x', children: [{ name: 'y', note: 'canary' }] },
      { name: 'x', children: [{ name: 'y' }] },
    ],
    ['a lazy schema', z.lazy(() => z.object({ a: z.string() })), { a: 'x', more: 'canary' }, { a: 'x' }],
    [
      'wrappers',
      z.object({ a: z.object({ b: z.string() }).nullable().default(null).readonly() }),
      { a: { b: 'x', c: 'canary' } },
      { a: { b: 'x' } },
    ],
    ['an object for a text', z.object({ a: z.string() }), { a: { secret: 'canary' } }, { a: mark }],
    ['a list for an object', z.object({ a: z.object({ b: z.string() }) }), { a: ['canary'] }, { a: mark }],
    [
      'a text that a transform changes',
      z.object({ card: z.string().transform((text) => text.slice(-4)) }),
      { card: 'canary' },
      { card: mark },
    ],
    [
      'a codec',
      z.object({ a: z.codec(z.string(), z.number(), { decode: Number, encode: String }) }),
      { a: 'canary' },
      { a: mark },
    ],
    ['an object that a transform changes', z.object({ a: z.string() }).transform(({ a }) => a), { a: 'canary' }, mark],
    [
      'checks and brands',
      z.object({ a: z.string().trim().min(3).brand('a') }).refine(() => true),
      { a: 'x', b: 'canary' },
      { a: 'x' },
    ],
    ['dates', z.object({ at: z.date() }), { at: new Date(0), more: 'canary' }, { at: '1970-01-01T00:00:00.000Z' }],
    ['null', z.object({ a: z.string() }), { a: null }, { a: null }],
    ['an own __proto__', z.object({ a: z.string() }), JSON.parse('{"a":"x","__proto__":{"b":"canary"}}'), { a: 'x' }],
    ['keys of Object.prototype', z.object({ a: z.string() }), { a: 'x', toString: 'canary', constructor: 'canary' }, { a: 'x' }],
  ])('only members named by a zod schema are kept: %s', (_, schema, value, expected) => {
    expect(kept(schema, value)).toEqual(expected)
  })

  test('zod 3 gives the same result as zod 4', () => {
    const text = { _def: { typeName: 'ZodString' } }
    const optional = { _def: { typeName: 'ZodOptional', innerType: text } }
    const changed = { _def: { typeName: 'ZodEffects', effect: { type: 'transform' }, schema: text } }
    const checked = { _def: { typeName: 'ZodEffects', effect: { type: 'refinement' }, schema: text } }
    const list = { _def: { typeName: 'ZodArray', type: { _def: { typeName: 'ZodObject', shape: () => ({ b: text }) } } } }
    const shape = { a: text, optional, changed, checked, list }
    const object = { _def: { typeName: 'ZodObject', shape: () => shape, catchall: { _def: { typeName: 'ZodNever' } } } }
    const value = { a: 'x', optional: 'y', changed: 'canary', checked: 'z', list: [{ b: 'x', c: 'canary' }], more: 'canary' }
    const schema = { ...describedBy({}), ...object } as unknown as Schema
    expect(kept(schema, value)).toEqual({ a: 'x', optional: 'y', changed: mark, checked: 'z', list: [{ b: 'x' }] })
  })
})

describe('of a schema that describes itself as JSON schema', () => {
  const address = { type: 'object', properties: { city: { type: 'string' } } }
  test.each<[string, Schema, unknown, unknown]>([
    ['members', describedBy({ type: 'object', properties: { a: { type: 'string' } } }), { a: 'x', more: 'canary' }, { a: 'x' }],
    [
      'references',
      describedBy({
        $ref: '#/$defs/row',
        $defs: { row: { type: 'object', properties: { home: { $ref: '#/$defs/address' } } }, address },
      }),
      { home: { city: 'x', street: 'canary' } },
      { home: { city: 'x' } },
    ],
    ['a reference to itself alone', describedBy({ $ref: '#' }), { a: 'canary' }, mark],
    ['a reference elsewhere', describedBy({ $ref: 'https://example.com/a.json' }), { a: 'canary' }, mark],
    ['lists', describedBy({ type: 'array', items: address }), [{ city: 'x', street: 'canary' }], [{ city: 'x' }]],
    [
      'tuples',
      describedBy({ type: 'array', prefixItems: [address], items: false }),
      [{ city: 'x', street: 'canary' }, 'canary'],
      [{ city: 'x' }, mark],
    ],
    [
      'other members',
      describedBy({ type: 'object', additionalProperties: address }),
      { a: { city: 'x', street: 'canary' } },
      { a: { city: 'x' } },
    ],
    ['a choice', describedBy({ anyOf: [{ type: 'null' }, address] }), { city: 'x', street: 'canary' }, { city: 'x' }],
    [
      'all of several',
      describedBy({ allOf: [address, { properties: { zip: { type: 'string' } } }] }),
      { city: 'x', zip: '1', street: 'canary' },
      { city: 'x', zip: '1' },
    ],
    ['anything', describedBy({ properties: { a: {}, b: true } }), { a: { x: 1 }, b: [1] }, { a: { x: 1 }, b: [1] }],
    ['members of a pattern', describedBy({ type: 'object', patternProperties: { '^(a+)+$': {} } }), { aaa: 'canary' }, {}],
    [
      'members of the input that the output lacks',
      describedBy({ properties: { a: { type: 'string' }, b: { type: 'string' } } }, { properties: { b: { type: 'string' } } }),
      { a: 'canary', b: 'x' },
      { b: 'x' },
    ],
    [
      'a side that cannot be described',
      describedBy({ properties: { a: { type: 'string' } } }, new Error('x')),
      { a: 'x', b: 'canary' },
      { a: 'x' },
    ],
  ])('only members named by a JSON schema are kept: %s', (_, schema, value, expected) => {
    expect(kept(schema, value)).toEqual(expected)
  })
})

test.each<[string, Schema]>([
  ['has no description', { '~standard': { version: 1, vendor: 'other', validate: () => ({ issues: [] }) } }],
  ['cannot be described', describedBy(new Error('x'))],
])('a schema that %s names no members, so nothing is kept', (_, schema) => {
  expect(kept(schema, { a: 'canary' })).toBe(mark)
  expect(kept(schema, null)).toBeNull()
})

describe('recorded', () => {
  const user = z.object({ id: z.string(), email: z.string(), address: z.object({ city: z.string() }).optional() })
  const unnamed: Schema<any, any> = { '~standard': { version: 1, vendor: 'other', validate: (value: any) => (value?.id === 'u1' ? { value: { id: 'u1' } } : { issues: [{ message: 'canary', path: ['id'] }] }) } } // prettier-ignore
  const events = defineEvents({ user: { updated: user, unnamed } })
  const row = { id: 'u1', email: 'ada@example.com', diagnosis: 'canary', address: { city: 'Berlin', street: 'canary' } }
  const audited = () => auditRecorder({ events, strict: false })

  test.each([
    [{ ...row, id: 42 }, { id: mark, email: 'ada@example.com', address: { city: 'Berlin' } }, ['/id']],
    [{ ...row, email: null }, { id: 'u1', email: null, address: { city: 'Berlin' } }, ['/email']],
    [
      { ...row, address: { city: 1, street: 'canary' } },
      { id: 'u1', email: 'ada@example.com', address: { city: mark } },
      ['/address/city'],
    ],
  ])('a payload that misfits in one member: %j', async (payload, expected, places) => {
    const audit = audited()
    await audit.record('user:updated', payload as never)
    expect(audit.events[0]!.payload).toEqual(expected)
    expect(audit.events[0]!.invalid!.map(({ path }) => path)).toEqual(places)
    expect(JSON.stringify(audit.events)).not.toContain('canary')
  })

  test('a payload of a failed, denied or attempted operation keeps only named members', async () => {
    const audit = audited()
    const { email: _, ...partial } = row
    const open = await audit.begin('user:updated', partial as never)
    await open.fail(new Error('x'))
    await audit.denied('user:updated', { payload: partial })
    expect(audit.events.map(({ payload }) => payload)).toEqual([1, 2, 3].map(() => ({ id: 'u1', address: { city: 'Berlin' } })))
    expect(audit.events.every((event) => !('invalid' in event))).toBe(true)
  })

  test('the state before keeps only named members', async () => {
    const audit = audited()
    await audit.record('user:updated', { id: 'u1', email: 'b@example.com' }, { before: { ...row, id: 42 } })
    expect(JSON.stringify(audit.events)).not.toContain('canary')
    expect(audit.events[0]!.changes).toContainEqual({ path: '/email', from: 'ada@example.com', to: 'b@example.com' })
  })

  test('a schema that names no members leaves only the places, and no changes', async () => {
    const audit = audited()
    await audit.record('user:unnamed', { id: 'u2', diagnosis: 'canary' })
    await audit.record('user:unnamed', row, { before: { id: 'u2', diagnosis: 'canary' } })
    expect(audit.events[0]).toMatchObject({ payload: mark, invalid: [{ path: '/id', code: 'invalid' }] })
    expect(audit.events[1]).toMatchObject({ payload: { id: 'u1' }, truncated: ['/changes'] })
    expect(audit.events[1]).not.toHaveProperty('changes')
    expect(JSON.stringify(audit.events)).not.toContain('canary')
  })
})
