import { Decimal } from 'decimal.js'
import { setFlagsFromString } from 'node:v8'
import { toUSVString } from 'node:util'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { hostileValues, tripwire } from '../../test/hostile-values.ts'
import { snapshotOf } from '../../test/snapshot.ts'
import { escapeUnsafe } from './escape.ts'
import { jsonValue } from '../event/json-value.ts'
import { plainCopy, type CopyOptions } from './plain-copy.ts'

const limits = { maxBytes: 49_152, maxStringBytes: 8_192, maxDepth: 16, maxMembers: 1_000 }

function copy(value: unknown, options: Partial<CopyOptions> = {}) {
  return plainCopy(value, { limits, member: 'payload', ...options })
}

function written(value: unknown, options: Partial<CopyOptions> = {}): unknown {
  return JSON.parse(JSON.stringify({ it: jsonValue(copy(value, options).value) }))['it']
}

describe('the fixed list of hostile values', () => {
  test.each(hostileValues)('a hostile value is copied without running it: $name', ({ make, isCut, isAlive }) => {
    const { trip, tripped } = tripwire()
    const value = make(trip)
    const before = snapshotOf(value)
    const copied = copy(value)
    const text = escapeUnsafe(JSON.stringify(jsonValue(copied.value)) ?? '')
    expect(tripped).toEqual([])
    expect(isAlive ? before : snapshotOf(value)).toEqual(before)
    expect(({} as { polluted?: true }).polluted).toBeUndefined()
    expect(copied.truncated.length > 0).toBe(isCut ?? false)
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(copied.bytes)
    expect(copied.bytes).toBeLessThanOrEqual(limits.maxBytes + 512)
  })
})

test('a plain value is copied as it is, and nothing is marked', () => {
  const value = { text: 'é', number: 1.5, yes: true, nothing: null, list: [1, 'two', { three: 3 }] }
  const copied = copy(value)
  expect(copied).toMatchObject({ value, truncated: [] })
  expect(copied.value).not.toBe(value)
})

test('values that JSON leaves out are left out, and are null in a list', () => {
  expect(written({ a: undefined, b: () => 1, c: Symbol('s'), d: [undefined, () => 1] })).toEqual({ d: [null, null] })
})

test("values of the language's own kinds are copied by their content", () => {
  const value = {
    date: new Date(0),
    url: new URL('https://example.com/a?b=1'),
    big: 2n ** 70n,
    bytes: Buffer.from('bytes'),
    buffer: new TextEncoder().encode('bytes').buffer,
    view: new DataView(new TextEncoder().encode('bytes').buffer, 1, 2),
    map: new Map([['a', 1]]),
    pairs: new Map([[1, { b: 2 }]]),
    set: new Set([1, 'two']),
    error: Object.assign(new RangeError('quotes a value'), { code: 'E_RANGE' }),
    boxed: [new String('s'), new Number(1), new Boolean(false), Object(1n)],
    numbers: [Number.NaN, -Infinity],
    none: new Date(Number.NaN),
  }
  expect(written(value)).toEqual({
    date: '1970-01-01T00:00:00.000Z',
    url: 'https://example.com/a?b=1',
    big: '1180591620717411303424',
    bytes: 'Ynl0ZXM=',
    buffer: 'Ynl0ZXM=',
    view: 'eXQ=',
    map: { a: 1 },
    pairs: [[1, { b: 2 }]],
    set: [1, 'two'],
    error: { kind: 'RangeError', code: 'E_RANGE' },
    boxed: ['s', 1, false, '1'],
    numbers: ['NaN', '-Infinity'],
    none: 'Invalid Date',
  })
})

test('fresh values share nothing with the given ones', () => {
  const value = { date: new Date(0), bytes: Buffer.from('a'), map: new Map([['a', [1]]]), url: new URL('https://example.com') }
  const copied = copy(value).value as typeof value
  value.date.setTime(1)
  value.bytes[0] = 98
  value.map.get('a')!.push(2)
  value.url.username = 'changed'
  expect(copied).toEqual({
    date: new Date(0),
    bytes: Buffer.from('a'),
    map: new Map([['a', [1]]]),
    url: new URL('https://example.com'),
  })
})

test('an error is copied as its kind and a short code, never its message or a sentence', () => {
  class PaymentError extends Error {}
  const cause = new Error('secret cause')
  expect(
    written(Object.assign(new PaymentError('secret', { cause }), { code: 'not a code, but a secret', detail: 'secret' })),
  ).toEqual({ kind: 'PaymentError' })
})

test('an instance of a class is copied by its data, with its class name, and reported', () => {
  const classes: string[] = []
  const value = { price: new Decimal('12.5') }
  expect(written(value, { onClass: (name) => classes.push(name) })).toEqual({
    price: { '@class': 'Decimal', s: 1, e: 1, d: [12, 5_000_000] },
  })
  expect(classes).toEqual(['Decimal'])
})

test('the conversion of a class applies to its instances', () => {
  const value = { price: new Decimal('12.5') }
  expect(written(value, { convert: [[Decimal, String]] })).toEqual({ price: '12.5' })
  expect(copy(value, { convert: [[Decimal, String]] }).truncated).toEqual([])
})

test('a conversion that throws, or returns its argument, is marked', () => {
  const value = { price: new Decimal('12.5') }
  const failing = copy(value, {
    convert: [
      [
        Decimal,
        () => {
          throw new Error('no')
        },
      ],
    ],
  })
  expect(failing).toMatchObject({ value: { price: '[Decimal]' }, truncated: ['/payload/price'] })
  expect(copy(value, { convert: [[Decimal, (decimal) => decimal as unknown]] })).toEqual(failing)
  const endless = copy(value, { convert: [[Decimal, () => new Decimal(1)]] })
  expect(endless).toMatchObject({ value: { price: '[Too deep]' }, truncated: ['/payload/price'] })
})

test('a copy of a copy is equal: classes, errors and marks stay', () => {
  const value = {
    price: new Decimal(1),
    error: Object.assign(new TypeError('x'), { code: 'E' }),
    map: new Map([['at', new Date(0)]]),
    text: 'x'.repeat(9_000),
  }
  const once = copy(value).value
  expect(jsonValue(copy(once).value)).toEqual(jsonValue(once))
  expect(jsonValue(once)).toMatchObject({ price: { '@class': 'Decimal' }, error: { kind: 'TypeError', code: 'E' } })
})

test('every cut part is marked at its place', () => {
  const value = {
    a: {
      b: [
        1,
        {
          get c() {
            return 1
          },
        },
      ],
    },
    'd/e~f': new Proxy({}, {}),
    g: 2n ** 2_000n,
  }
  expect(copy(value)).toMatchObject({
    value: { a: { b: [1, { c: '[Getter]' }] }, 'd/e~f': '[Proxy]', g: '[BigInt]' },
    truncated: ['/payload/a/b/1/c', '/payload/d~1e~0f', '/payload/g'],
  })
})

test('an object that is used twice is not a cycle', () => {
  const shared = { a: 1 }
  expect(copy({ one: shared, two: [shared, shared] })).toMatchObject({
    value: { one: shared, two: [shared, shared] },
    truncated: [],
  })
})

test('a long text keeps its beginning, its length and its digest', () => {
  const { value, truncated } = copy({ text: `${'x'.repeat(9_000)}end` }) as {
    value: { text: string }
    truncated: readonly string[]
  }
  expect(value.text).toMatch(/^x{8000,}\[cut: 9003 characters sha256:[0-9a-f]{64}\]$/)
  expect(Buffer.byteLength(JSON.stringify(value.text))).toBeLessThanOrEqual(8_192)
  expect(truncated).toEqual(['/payload/text'])
})

test('a surrogate pair is not split', () => {
  for (const offset of ['', 'x']) {
    const { text } = copy({ text: offset + '😀'.repeat(5_000) }).value as { text: string }
    expect(toUSVString(text)).toBe(text)
  }
})

test('a long key keeps its beginning and its end, which may show that it is a secret', () => {
  const { value, truncated } = copy({ [`${'k'.repeat(300)}password`]: 1 })
  expect(Object.keys(value as object)[0]).toMatch(/^k{200,256}\[cut\]k+password$/)
  expect(truncated).toEqual(['/payload'])
})

test('keys are well-formed, so that two of them cannot become one in the trail', () => {
  expect(copy({ 'a\ud800': 1, 'a\ud801': 2 })).toMatchObject({ value: { 'a\ufffd': 2 }, truncated: ['/payload'] })
})

test('members above the limit are left out and marked', () => {
  const tight = { limits: { ...limits, maxMembers: 2 } }
  expect(copy({ a: 1, b: 2, c: 3 }, tight)).toMatchObject({ value: { a: 1, b: 2 }, truncated: ['/payload'] })
  expect(copy({ list: [1, 2, 3] }, tight)).toMatchObject({ value: { list: [1, 2] }, truncated: ['/payload/list'] })
  expect(copy({ set: new Set([1, 2, 3]) }, tight)).toMatchObject({ value: { set: new Set([1, 2]) }, truncated: ['/payload/set'] })
  expect(
    copy(
      new Map([
        [1, 1],
        [2, 2],
        [3, 3],
      ]),
      tight,
    ),
  ).toMatchObject({
    value: new Map([
      [1, 1],
      [2, 2],
    ]),
    truncated: ['/payload'],
  })
  expect(copy({ a: 1, b: 2 }, tight).truncated).toEqual([])
})

test('a copy stops at its byte limit', () => {
  const { bytes, value, truncated } = copy({ list: Array.from({ length: 1_000 }, () => 'x'.repeat(200)) })
  expect(bytes).toBeLessThanOrEqual(limits.maxBytes + 512)
  expect((value as { list: string[] }).list.length).toBeGreaterThan(200)
  expect(truncated).toContain('/payload/list')
})

test('the number and length of marks is limited', () => {
  const deep = Object.fromEntries(
    Array.from({ length: 500 }, (_, index) => [`${index}${'k'.repeat(250)}`, { ['m'.repeat(250)]: new Proxy({}, {}) }]),
  )
  const { truncated } = copy(deep)
  expect(truncated).toHaveLength(50)
  expect(Math.max(...truncated.map((path) => path.length))).toBeLessThanOrEqual(256)
})

test('cut texts do not keep the whole text in memory', () => {
  const before = process.memoryUsage().heapUsed
  const kept = Array.from({ length: 60 }, (_, index) => copy({ text: String(index).padEnd(10_000_000, 'x') }).value)
  collectGarbage()
  expect(kept).toHaveLength(60)
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(100_000_000)
})

function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
}
