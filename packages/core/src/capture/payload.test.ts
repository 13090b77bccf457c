import { expect, test } from 'vitest'
import { z } from 'zod'
import { trapped, tripwire } from '../../test/hostile-values.ts'
import { defineEvents } from '../event/catalog.ts'
import { jsonValue } from '../event/json-value.ts'
import type { Schema } from '../event/schema.ts'
import { checkPayload } from './payload.ts'

const limits = { maxBytes: 49_152, maxStringBytes: 8_192, maxDepth: 16, maxMembers: 1_000 }
const canary = 'canary-5d2f'

function check(schema: Schema, payload: unknown) {
  const definition = defineEvents({ thing: { made: schema } }).definitions.get('thing:made')!
  const checked = checkPayload(definition, payload, { limits, member: 'payload' })
  return { ...checked, value: jsonValue(checked.value) }
}

function schemaOf(validate: (value: any) => unknown): Schema {
  return { '~standard': { version: 1, vendor: 'test', validate: validate as never } }
}

/** The same, with a JSON schema that lets every member through. */
function named(validate: (value: any) => unknown): Schema {
  const describe = () => ({ type: 'object', additionalProperties: true })
  return { '~standard': { ...schemaOf(validate)['~standard'], jsonSchema: { input: describe, output: describe } } }
}

test('the members that the schema accepts are recorded', () => {
  expect(check(z.object({ a: z.number(), b: z.string().default('x') }), { a: 1, more: 2 })).toMatchObject({
    value: { a: 1, b: 'x' },
    invalid: [],
    truncated: [],
  })
})

/** Each way in which zod refuses, with the secret as the refused value. */
const misfits: readonly (readonly [name: string, schema: Schema, payload: unknown, invalid: readonly unknown[]])[] = [
  ['wrong type', z.object({ a: z.number() }), { a: canary }, [{ path: '/a', code: 'invalid_type' }]],
  ['wrong type at the root', z.object({ a: z.number() }), canary, [{ path: '', code: 'invalid_type' }]],
  ['enum', z.object({ a: z.enum(['x', 'y']) }), { a: canary }, [{ path: '/a', code: 'invalid_value' }]],
  ['literal', z.object({ a: z.literal('x') }), { a: canary }, [{ path: '/a', code: 'invalid_value' }]],
  [
    'union',
    z.object({ a: z.union([z.number(), z.object({ b: z.number() })]) }),
    { a: { b: canary } },
    [{ path: '/a', code: 'invalid_union' }],
  ],
  [
    'discriminated union',
    z.discriminatedUnion('kind', [z.object({ kind: z.literal('x') })]),
    { kind: canary },
    [{ path: '/kind', code: 'invalid_union' }],
  ],
  ['regex', z.object({ a: z.string().regex(/^\d+$/) }), { a: canary }, [{ path: '/a', code: 'invalid_format' }]],
  ['format', z.object({ a: z.email() }), { a: canary }, [{ path: '/a', code: 'invalid_format' }]],
  ['too short', z.object({ a: z.string().min(100) }), { a: canary }, [{ path: '/a', code: 'too_small' }]],
  ['too long', z.object({ a: z.array(z.string()).max(1) }), { a: [canary, canary] }, [{ path: '/a', code: 'too_big' }]],
  [
    'unknown keys',
    z.strictObject({ a: z.number() }),
    { a: 1, b: canary, [canary]: 1 },
    [{ path: '', code: 'unrecognized_keys' }],
  ],
  [
    'unknown keys inside',
    z.object({ in: z.strictObject({}) }),
    { in: { [canary]: canary } },
    [{ path: '/in', code: 'unrecognized_keys' }],
  ],
  [
    'refine at the root',
    z.object({ a: z.string(), b: z.string() }).refine(() => false),
    { a: canary, b: canary },
    [{ path: '', code: 'custom' }],
  ],
  [
    'refine at a path',
    z.object({ a: z.string() }).refine(() => false, { path: ['a'] }),
    { a: canary },
    [{ path: '/a', code: 'custom' }],
  ],
  ['record value', z.record(z.string(), z.number()), { a: canary }, [{ path: '/a', code: 'invalid_type' }]],
  ['record key', z.record(z.string().max(3), z.number()), { [canary]: 1 }, [{ path: '/[invalid]', code: 'invalid_key' }]],
  [
    'record key of an enum',
    z.record(z.enum(['a']), z.number()),
    { a: 1, [canary]: 1 },
    [{ path: '', code: 'unrecognized_keys' }],
  ],
  ['tuple', z.tuple([z.number(), z.string()]), [canary, 'x'], [{ path: '/0', code: 'invalid_type' }]],
  ['Map value', z.map(z.string(), z.number()), new Map([['a', canary]]), [{ path: '/[invalid]', code: 'invalid_type' }]],
  ['Map key', z.map(z.number(), z.number()), new Map([[canary, 1]]), [{ path: '/[invalid]', code: 'invalid_type' }]],
  ['Set', z.set(z.number()), new Set([canary]), [{ path: '', code: 'invalid_type' }]],
  ['multiple of', z.object({ a: z.number().multipleOf(2) }), { a: 31_337 }, [{ path: '/a', code: 'not_multiple_of' }]],
  [
    'intersection',
    z.intersection(z.object({ a: z.string() }), z.object({ a: z.number() })),
    { a: canary },
    [{ path: '/a', code: 'invalid_type' }],
  ],
  [
    'inside what a transform made',
    z
      .string()
      .transform((text): unknown => text.split('-'))
      .pipe(z.array(z.number())),
    canary,
    [
      { path: '/[invalid]', code: 'invalid_type' },
      { path: '/[invalid]', code: 'invalid_type' },
    ],
  ],
  [
    'custom, with a message that quotes',
    z.string().superRefine((value, context) => context.addIssue({ code: 'custom', message: value })),
    canary,
    [{ path: '', code: 'custom' }],
  ],
]

test.each(misfits)('a misfit is recorded without its text: %s', (_, schema, payload, invalid) => {
  const checked = check(schema, payload)
  expect(checked.invalid).toEqual(invalid)
  expect(JSON.stringify(checked)).toContain('[invalid]')
  expect(JSON.stringify(checked)).not.toContain('canary')
  expect(JSON.stringify(checked)).not.toContain('31337')
})

test('members that fit are kept when others do not', () => {
  expect(check(z.object({ a: z.string(), b: z.number() }), { a: 'kept', b: canary }).value).toEqual({ a: 'kept', b: '[invalid]' })
})

test.each<[string, Schema]>([
  [
    'throws',
    schemaOf(() => {
      throw new Error(canary)
    }),
  ],
  ['answers nothing', schemaOf(() => undefined)],
  ['returns a path that is not a list', schemaOf(() => ({ issues: [{ message: '', path: 7 }] }))],
  ['returns a Proxy', schemaOf(() => trapped({}, tripwire().trip))],
])('a schema that %s counts as one that threw', (_, schema) => {
  expect(check(schema, { a: canary })).toMatchObject({ value: '[invalid]', invalid: [{ path: '', code: 'schema-threw' }] })
})

// oxlint-disable-next-line unicorn/no-thenable -- a promise that is not a native one
const thenable = { then: (_: unknown, reject: (error: Error) => void) => reject(new Error(canary)) }

test.each<[string, Schema]>([
  ['a promise', z.string().refine(async () => true)],
  [
    'a promise that rejects',
    schemaOf(async () => {
      throw new Error(canary)
    }),
  ],
  ['a thenable', schemaOf(() => thenable)],
])('a schema that returns %s counts as asynchronous', (_, schema) => {
  expect(check(schema, canary)).toMatchObject({ value: '[invalid]', invalid: [{ path: '', code: 'asynchronous-schema' }] })
})

test('messages, and codes that are sentences, are not recorded', () => {
  expect(
    check(
      schemaOf(() => ({ issues: [{ message: canary, code: `value ${canary} is wrong`, path: [{ key: 'a' }] }] })),
      { a: canary },
    ),
  ).toMatchObject({
    value: '[invalid]',
    invalid: [{ path: '/a', code: 'invalid' }],
  })
})

test('the result of a transform is copied like any payload', () => {
  const { trip, tripped } = tripwire()
  const built = z.any().transform(() => ({
    get bad() {
      return trip('a getter')
    },
    proxy: trapped({}, trip),
    toJSON: () => trip('toJSON'),
    big: 2n ** 70n,
  }))
  expect(check(built, {})).toMatchObject({
    value: { bad: '[Getter]', proxy: '[Proxy]', big: '1180591620717411303424' },
    truncated: ['/payload/bad', '/payload/proxy'],
  })
  expect(tripped).toEqual([])
})

test('a copy that its schema has changed is copied again, whether it fits or not', () => {
  const { trip, tripped } = tripwire()
  const change = (value: Record<string, unknown>) => {
    value['self'] = value
    value['proxy'] = trapped({}, trip)
    return value
  }
  expect(
    check(
      schemaOf((value) => ({ value: change(value) })),
      { a: 1 },
    ).value,
  ).toEqual({ a: 1, self: '[Circular]', proxy: '[Proxy]' })
  expect(
    check(
      named((value) => (change(value), { issues: [{ message: '', path: ['a'] }] })),
      { a: 1 },
    ).value,
  ).toEqual({ a: '[invalid]', self: '[Circular]', proxy: '[Proxy]' })
  expect(tripped).toEqual([])
})

test('parts that were cut before validation stay marked', () => {
  expect(
    check(
      z.any().transform(() => 'other'),
      { text: 'x'.repeat(9_000) },
    ),
  ).toMatchObject({ value: 'other', truncated: ['/payload/text'] })
})

test('a class keeps its name through a schema', () => {
  class Money {
    readonly amount = 1
  }
  expect(check(z.object({ price: z.any() }), { price: new Money() }).value).toEqual({ price: { '@class': 'Money', amount: 1 } })
})
