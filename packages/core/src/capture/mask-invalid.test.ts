import { expect, test } from 'vitest'
import { invalidMark as mark, maskInvalid, type Misfit } from './mask-invalid.ts'

function masked(value: unknown, ...misfits: Partial<Misfit>[]): unknown {
  return maskInvalid(
    structuredClone(value),
    misfits.map(({ path = [], code = 'invalid_type', keys = [] }) => ({ path, code, keys })),
  )
}

test('only the value that does not fit is masked', () => {
  expect(masked({ a: 'canary', b: { c: ['x', 'canary'] } }, { path: ['a'] }, { path: ['b', 'c', 1] })).toEqual({
    a: mark,
    b: { c: ['x', mark] },
  })
})

test('everything inside a masked value is masked; its shape stays', () => {
  expect(masked({ a: { b: 'canary', list: [1, null, { c: true }] } }, { path: ['a'] })).toEqual({
    a: { b: mark, list: [mark, null, { c: mark }] },
  })
})

test('without a path everything is masked', () => {
  expect(masked({ a: 'canary' }, {})).toEqual({ a: mark })
  expect(masked('canary', {})).toBe(mark)
  expect(masked(null, {})).toBeNull()
})

test('a missing key leaves the rest alone', () => {
  expect(masked({ a: 1, b: {} }, { path: ['c'] }, { path: ['b', 'd'] })).toEqual({ a: 1, b: {} })
})

test('a path to a missing value masks the value that it was made from', () => {
  expect(masked({ text: '{"a":"canary"}', b: 1 }, { path: ['text', 'a'] })).toEqual({ text: mark, b: 1 })
  expect(masked({ a: 'canary' }, { path: ['made', 'by', 'transform'] })).toEqual({ a: mark })
})

test('Maps, Sets, dates and bytes are masked as a whole', () => {
  const value = { map: new Map([['a', 'canary']]), set: new Set(['canary']), at: new Date(0), bytes: new Uint8Array([1]) }
  expect(masked(value, { path: ['map', 'a'] }, { path: ['set'] }, { path: ['at', 'x'] }, { path: ['bytes', 0] })).toEqual({
    map: mark,
    set: mark,
    at: mark,
    bytes: mark,
  })
})

test('unknown keys are masked with their values: a key can be the secret', () => {
  expect(masked({ a: 1, canary: 'canary', more: { b: 2 } }, { keys: ['canary', 'more'] })).toEqual({
    a: 1,
    [mark]: mark,
    [`${mark} 2`]: mark,
  })
  expect(masked({ inner: { canary: 1 } }, { path: ['inner'], keys: ['canary'] })).toEqual({ inner: { [mark]: mark } })
  expect(masked(['canary'], { keys: ['canary'] })).toEqual([mark])
})

test('a key that its schema refuses is masked itself, instead of its value', () => {
  const code = 'invalid_key'
  expect(masked({ canary: 1, ok: 2, canary2: 3 }, { path: ['canary'], code }, { path: ['canary2'], code })).toEqual({
    ok: 2,
    [mark]: mark,
    [`${mark} 2`]: mark,
  })
})

test('an own __proto__ is a key like others', () => {
  const value = maskInvalid(JSON.parse('{"__proto__":{"a":"canary"},"b":1}'), [{ path: ['__proto__', 'a'], code: '', keys: [] }])
  expect(JSON.stringify(value)).toBe(`{"__proto__":{"a":"${mark}"},"b":1}`)
  expect(JSON.stringify(maskInvalid(JSON.parse('{"__proto__":"canary"}'), [{ path: ['__proto__'], code: '', keys: [] }]))).toBe(
    `{"__proto__":"${mark}"}`,
  )
  expect(JSON.stringify(maskInvalid(JSON.parse('{"__proto__":"canary"}'), [{ path: [], code: '', keys: ['__proto__'] }]))).toBe(
    `{"${mark}":"${mark}"}`,
  )
})

test('a thousand misfits are masked', () => {
  const value = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`k${index}`, 'canary']))
  const misfits = Object.keys(value).map((key) => ({ path: [key], code: 'invalid_key', keys: [] }))
  expect(JSON.stringify(maskInvalid(value, misfits))).not.toContain('canary')
})
