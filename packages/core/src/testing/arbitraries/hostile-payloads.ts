import fc from 'fast-check'
import { hostileValues } from './hostile-values.ts'
import { rigged, trapped, type Trip } from './tripwire.ts'

class Row {
  readonly kind = 'row'
  static of(data: object): object {
    return define(new Row(), data)
  }
}

/** `Object.assign` would run setters, `__proto__` before all. */
function define(target: object, members: object): object {
  return Object.defineProperties(target, Object.getOwnPropertyDescriptors(members))
}

const keys = fc.oneof(
  fc.string({ maxLength: 6, unit: 'binary' }),
  fc.constantFrom(
    '__proto__',
    'constructor',
    'prototype',
    'hasOwnProperty',
    'toString',
    'valueOf',
    'toJSON',
    'then',
    'length',
    '@class',
    '',
    '0',
    'password',
  ),
)
const unsafeText = fc.string({
  maxLength: 12,
  unit: fc.oneof(
    fc.constantFrom(
      '\u0000',
      '\n',
      '\r',
      '\u001b',
      '\u007f',
      '\u0085',
      '\u009b',
      '\u2028',
      '\u2029',
      '\u202e',
      '\u2066',
      '\u200b',
      '\ufeff',
      '\ud800',
      '\udfff',
      '\u{e0041}',
      '"',
      '\\',
    ),
    fc.string({ minLength: 1, maxLength: 1, unit: 'binary' }),
  ),
})

/** Makes a value. fast-check inspects the values it generates, so the test itself makes values that must not be touched. */
export type Recipe = () => unknown

/**
 * Payloads of every shape that a program can pass, with hostile values anywhere inside: getters and Proxies that call `trip`,
 * cycles, keys like `__proto__`, text that is not well-formed.
 */
export function hostilePayloads(trip: Trip): fc.Arbitrary<Recipe> {
  const { tree } = fc.letrec<{ tree: Recipe }>((tie) => {
    const inner = tie('tree')
    const members = fc
      .array(fc.tuple(keys, inner), { maxLength: 5 })
      .map((recipes) => () => recipes.map(([key, make]) => [key, make()] as const))
    const list = fc.array(inner, { maxLength: 5 }).map((recipes) => () => recipes.map((make) => make()))
    return {
      tree: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        leaves(trip),
        list,
        list.map((make) => () => new Set(make())),
        members.map((make) => () => Object.fromEntries(make())),
        members.map((make) => () => define(Object.create(null) as object, Object.fromEntries(make()))),
        members.map((make) => () => Row.of(Object.fromEntries(make()))),
        members.map((make) => () => new Map<unknown, unknown>(make())),
        fc.tuple(list, list).map(
          ([ofKeys, ofMembers]) =>
            () =>
              pairs(ofKeys(), ofMembers()),
        ),
        members.map((make) => () => trapped(Object.fromEntries(make()), trip)),
        members.map((make) => () => rigged(Object.fromEntries(make()), trip)),
        fc.tuple(inner, keys).map(
          ([make, key]) =>
            () =>
              withGetter(make(), key, trip),
        ),
        inner.map((make) => () => cyclic(make())),
      ),
    }
  })
  return fc.oneof({ weight: 4, arbitrary: tree }, { weight: 1, arbitrary: anything.map((value) => () => value) })
}

function leaves(trip: Trip): fc.Arbitrary<Recipe> {
  const data = fc.oneof(
    unsafeText,
    fc.string({ maxLength: 40 }),
    fc.double(),
    fc.integer(),
    fc.bigInt(),
    fc.boolean(),
    fc.date({ noInvalidDate: false }),
    fc.uint8Array({ maxLength: 40 }),
    fc.constantFrom<unknown>(
      null,
      undefined,
      Symbol('s'),
      () => trip('a function'),
      new URL('https://user:pass@example.com/?token=x'),
    ),
  )
  const hostile = fc.constantFrom(...hostileValues).map(
    ({ make }) =>
      () =>
        make(trip),
  )
  return fc.oneof({ weight: 3, arbitrary: data.map((value) => () => value) }, { weight: 1, arbitrary: hostile })
}

const anything = fc.anything({
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withNullPrototype: true,
  withObjectString: true,
  withSparseArray: true,
  withTypedArray: true,
  withUnicodeString: true,
  maxDepth: 4,
  maxKeys: 6,
})

function pairs(ofKeys: readonly unknown[], ofMembers: readonly unknown[]): Map<unknown, unknown> {
  return new Map(ofKeys.map((key, index) => [key, ofMembers[index]]))
}

function withGetter(value: unknown, key: string, trip: Trip): object {
  return Object.defineProperty({ value }, key, { get: () => trip('a getter'), enumerable: true, configurable: true })
}

function cyclic(value: unknown): object {
  const holder: { value: unknown; self?: unknown } = { value }
  holder.self = [holder]
  return holder
}
