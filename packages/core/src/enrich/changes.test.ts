import { expect, test } from 'vitest'
import { changesBetween } from './changes.ts'

const removals = true

test.each([
  ['nothing', { a: 1 }, { a: 1 }, []],
  ['a value', { a: 1, b: 2 }, { a: 1, b: 3 }, [{ path: '/b', from: 2, to: 3 }]],
  ['a value inside', { a: { b: { c: 1 } } }, { a: { b: { c: 2 } } }, [{ path: '/a/b/c', from: 1, to: 2 }]],
  ['an added key', {}, { a: 1 }, [{ path: '/a', to: 1 }]],
  ['a removed key', { a: 1 }, {}, [{ path: '/a', from: 1 }]],
  ['to null', { a: 1 }, { a: null }, [{ path: '/a', from: 1, to: null }]],
  ['another type', { a: '1' }, { a: 1 }, [{ path: '/a', from: '1', to: 1 }]],
  ['a list, as a whole', { a: [1, 2] }, { a: [1, 3] }, [{ path: '/a', from: [1, 2], to: [1, 3] }]],
  ['an equal list', { a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }, []],
  ['everything', 'a', { b: 1 }, [{ path: '', from: 'a', to: { b: 1 } }]],
  ['from nothing', null, { b: 1 }, [{ path: '', from: null, to: { b: 1 } }]],
  ['keys that need escapes', { 'a/b': { '~': 1 } }, { 'a/b': { '~': 2 } }, [{ path: '/a~1b/~0', from: 1, to: 2 }]],
  ['NaN', { a: Number.NaN }, { a: Number.NaN }, []],
  [
    'dates',
    { a: new Date(0), b: new Date(0) },
    { a: new Date(0), b: new Date(1) },
    [{ path: '/b', from: new Date(0), to: new Date(1) }],
  ],
  [
    'URLs',
    { a: new URL('https://a.example') },
    { a: new URL('https://b.example') },
    [{ path: '/a', from: new URL('https://a.example'), to: new URL('https://b.example') }],
  ],
  [
    'Maps',
    { a: new Map([['x', 1]]) },
    { a: new Map([['x', 2]]) },
    [{ path: '/a', from: new Map([['x', 1]]), to: new Map([['x', 2]]) }],
  ],
  ['Sets', { a: new Set([1]) }, { a: new Set([1]) }, []],
  ['bytes', { a: Buffer.from('a') }, { a: Buffer.from('b') }, [{ path: '/a', from: Buffer.from('a'), to: Buffer.from('b') }]],
  ['the order of keys in a list', { a: [{ b: 1, c: 2 }] }, { a: [{ c: 2, b: 1 }] }, []],
  [
    'a Set with hostile keys',
    new Set([JSON.parse('{"__proto__":null,"constructor":null}')]),
    new Set([{}]),
    [{ path: '', from: new Set([JSON.parse('{"__proto__":null,"constructor":null}')]), to: new Set([{}]) }],
  ],
  ['an inherited name', {}, { toString: 1 }, [{ path: '/toString', to: 1 }]],
  [
    'an own __proto__',
    JSON.parse('{"__proto__":{"a":1}}'),
    JSON.parse('{"__proto__":{"a":2}}'),
    [{ path: '/__proto__/a', from: 1, to: 2 }],
  ],
])('changes are found: %s', (_, before, after, changes) => {
  expect(changesBetween(before, after, { removals }).changes).toEqual(changes)
})

test('keys that the payload lacks may be unknown instead of removed', () => {
  expect(changesBetween({ a: 1, b: 2 }, { a: 2 }, { removals: false }).changes).toEqual([{ path: '/a', from: 1, to: 2 }])
})

test('at most a hundred changes are listed', () => {
  const after = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`k${index}`, index]))
  expect(changesBetween({}, after, { removals }).changes).toHaveLength(100)
})
