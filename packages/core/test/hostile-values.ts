import { Decimal } from 'decimal.js'
import { hostileValues as quickValues, type HostileValue } from '../src/testing/arbitraries/hostile-values.ts'

export { rigged, trapped, tripwire, type Trip } from '../src/testing/arbitraries/tripwire.ts'

interface LargeValue extends HostileValue {
  /** It changes by itself while the test runs. */
  readonly isAlive?: true
}

function nested(depth: number): unknown {
  let value: unknown = 'bottom'
  for (let level = 0; level < depth; level++) value = { inner: value }
  return value
}

const big = 2n ** 1_000_000n

const largeValues: readonly LargeValue[] = [
  { name: 'depth 10,000', make: () => nested(10_000), isCut: true },
  {
    name: 'a list, 10,000 deep',
    make: () => {
      let list: unknown[] = []
      for (let level = 0; level < 10_000; level++) list = [list]
      return list
    },
    isCut: true,
  },
  { name: 'a string of 10 MB', make: () => ({ text: 'x'.repeat(10_000_000) }), isCut: true },
  { name: 'a string of 10 MB that escapes to 60', make: () => '\u0001'.repeat(10_000_000), isCut: true },
  {
    name: 'a concatenated string of 10 MB',
    make: () => {
      let text = 'é'
      while (text.length < 10_000_000) text += text
      return [text]
    },
    isCut: true,
  },
  {
    name: 'many strings of 1 MB',
    make: () => Array.from({ length: 100 }, (_, index) => String(index).repeat(500_000)),
    isCut: true,
  },
  { name: 'a boxed string of 10 MB', make: () => new String('x'.repeat(10_000_000)), isCut: true },
  { name: 'a key of 10 MB', make: () => ({ ['k'.repeat(10_000_000)]: 1 }), isCut: true },
  { name: 'a Map key of 10 MB', make: () => new Map([['k'.repeat(10_000_000), 1]]), isCut: true },
  { name: 'a URL of 1 MB', make: () => new URL(`https://user:pass@example.com/?q=${'x'.repeat(1_000_000)}`), isCut: true },
  {
    name: 'a sparse list of 30 million slots',
    make: () => {
      const list: unknown[] = []
      list[29_999_999] = 1
      return { list }
    },
    isCut: true,
  },
  { name: 'a list of 30 million slots, all empty', make: () => Object.assign([], { length: 30_000_000 }), isCut: true },
  { name: 'a dense list of a million', make: () => Array.from({ length: 1_000_000 }, () => 'x'), isCut: true },
  {
    name: 'a Map of a million entries',
    make: () => new Map(Array.from({ length: 1_000_000 }, (_, index) => [index, index])),
    isCut: true,
  },
  {
    name: 'a Map with 100,000 functions for keys',
    make: () => new Map(Array.from({ length: 100_000 }, () => [() => 1, 1])),
    isCut: true,
  },
  { name: 'a Set of a million functions', make: () => new Set(Array.from({ length: 1_000_000 }, () => () => 1)), isCut: true },
  { name: 'a bigint of a million bits', make: () => ({ big, negative: -big }), isCut: true },
  {
    name: 'all of the first 65,536 units',
    make: () =>
      Array.from({ length: 64 }, (_, page) =>
        String.fromCharCode(...Array.from({ length: 1_024 }, (_, unit) => page * 1_024 + unit)),
      ),
    isCut: true,
  },
  { name: 'a decimal', make: () => ({ price: new Decimal('12.50') }) },
  { name: 'bytes by the million', make: () => new Uint8Array(10_000_000), isCut: true },
  {
    name: 'the same large object over and over',
    make: () => {
      const large = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`k${index}`, () => 1]))
      return Array.from({ length: 1_000 }, () => Array.from({ length: 8 }, () => large))
    },
    isCut: true,
  },
  {
    name: '100,000 keys',
    make: () => Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`k${index}`, index])),
    isCut: true,
  },
  { name: 'the process', make: () => process, isCut: true, isAlive: true },
  { name: 'everything global', make: () => globalThis, isCut: true, isAlive: true },
]

export const hostileValues: readonly LargeValue[] = [...quickValues, ...largeValues]
