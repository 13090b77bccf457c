import { rigged, trapped, type Trip } from './tripwire.ts'

export interface HostileValue {
  readonly name: string
  readonly make: (trip: Trip) => unknown
  /** A part of it cannot be recorded, so a mark must replace that part. */
  readonly isCut?: true
}

function givenAway<T extends { readonly buffer: ArrayBuffer }>(view: T): T {
  structuredClone(view.buffer, { transfer: [view.buffer] })
  return view
}

function revoked(target: object): unknown {
  const { proxy, revoke } = Proxy.revocable(target, {})
  revoke()
  return proxy
}

function cyclic(): unknown {
  const value: Record<string, unknown> = { list: [] }
  ;(value['list'] as unknown[]).push(value)
  value['self'] = value
  value['map'] = new Map([[value, value]])
  return value
}

function* generator(): Generator<number> {
  yield 1
}

class Account {
  readonly owner = 'ada'
  readonly #secret = 'private'
  get secret(): string {
    return this.#secret
  }
}

const big = 2n ** 1_000_000n
const lies = { toJSON: () => ({ type: 'user', action: 'viewed' }) }
const unsafe =
  '\u0000\u001b[2J\n\r\u0085\u009b\u2028\u2029\u202e\u2066\u200b\ufeff\u061c\u{e0041}\ud800\udc00\ud800 \udfff"\\\u007f'

/** Values that break code which copies, prints or reads them carelessly. Each is made quickly. */
export const hostileValues: readonly HostileValue[] = [
  {
    name: 'an own __proto__',
    make: () => JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}') as unknown,
  },
  {
    name: 'keys of Object.prototype',
    make: () => ({ hasOwnProperty: 1, toString: 'x', valueOf: 'y', isPrototypeOf: null, __defineGetter__: 2 }),
  },
  { name: 'a Map with __proto__ for a key', make: () => new Map([['__proto__', { polluted: true }]]) },
  { name: 'a Map whose key cannot become text', make: () => new Map([[{ toString: 'x', valueOf: 'y' }, 1]]) },
  {
    name: 'getters that throw',
    make: (trip) => ({
      ok: 1,
      get bad() {
        return trip('a getter')
      },
    }),
    isCut: true,
  },
  {
    name: 'a list with a getter',
    make: (trip) => Object.defineProperty([1, 2], 0, { get: () => trip('a getter'), enumerable: true }),
    isCut: true,
  },
  { name: 'toJSON that lies', make: () => ({ ...lies, kept: true }) },
  { name: 'toJSON that throws', make: (trip) => ({ toJSON: () => trip('toJSON'), kept: true }) },
  {
    name: 'a class with toJSON',
    make: (trip) =>
      new (class Row {
        id = 1
        toJSON() {
          return trip('toJSON')
        }
      })(),
  },
  { name: 'a rigged object', make: (trip) => rigged({ kept: 1 }, trip) },
  { name: 'a rigged list', make: (trip) => rigged([1, 2], trip) },
  { name: 'a rigged Map', make: (trip) => rigged(new Map([['a', 1]]), trip) },
  { name: 'a rigged Set', make: (trip) => rigged(new Set([1]), trip) },
  { name: 'a rigged Date', make: (trip) => rigged(new Date(0), trip) },
  { name: 'a rigged URL', make: (trip) => rigged(new URL('https://example.com/'), trip) },
  { name: 'a rigged Error', make: (trip) => rigged(new Error('x'), trip) },
  { name: 'a rigged Buffer', make: (trip) => rigged(Buffer.from('x'), trip) },
  { name: 'a rigged typed array', make: (trip) => rigged(new Float64Array(2), trip) },
  { name: 'a rigged ArrayBuffer', make: (trip) => rigged(new ArrayBuffer(4), trip) },
  { name: 'a rigged DataView', make: (trip) => rigged(new DataView(new ArrayBuffer(4)), trip) },
  { name: 'a rigged boxed string', make: (trip) => rigged(new String('boxed'), trip) },
  { name: 'a rigged Promise', make: (trip) => rigged(Promise.resolve(1), trip) },
  { name: 'a Proxy', make: (trip) => trapped({}, trip), isCut: true },
  { name: 'a Proxy of a list', make: (trip) => trapped([], trip), isCut: true },
  { name: 'a Proxy of a function', make: (trip) => ({ call: trapped(() => 1, trip) }) },
  { name: 'a revoked Proxy', make: () => revoked({}), isCut: true },
  { name: 'a revoked Proxy inside a list', make: () => [revoked([])], isCut: true },
  { name: 'a Proxy for a prototype', make: (trip) => Object.create(trapped({}, trip)) as unknown, isCut: true },
  {
    name: 'a Proxy far up the prototypes',
    make: (trip) => Object.create(Object.create(trapped({}, trip)) as object) as unknown,
    isCut: true,
  },
  {
    name: 'a list with a Proxy for a prototype',
    make: (trip) => Object.setPrototypeOf([1], trapped([], trip)) as unknown,
    isCut: true,
  },
  { name: 'a Proxy for a constructor', make: (trip) => Object.create({ constructor: trapped(Date, trip) }) as unknown },
  {
    name: 'a getter for a constructor',
    make: (trip) =>
      Object.create({
        get constructor() {
          return trip('constructor')
        },
      }) as unknown,
  },
  {
    name: 'a class with a getter for its name',
    make: (trip) =>
      new (class {
        kept = 1
        static get name() {
          return trip('name')
        }
      })(),
  },
  {
    name: 'endless prototypes',
    make: () => Array.from({ length: 100 }).reduce<object>((prototype) => Object.create(prototype) as object, {}),
    isCut: true,
  },
  { name: 'a false URL', make: () => Object.create(URL.prototype) as unknown, isCut: true },
  { name: 'a false Date', make: () => Object.create(Date.prototype) as unknown },
  { name: 'a false Map', make: () => Object.create(Map.prototype) as unknown },
  { name: 'a false Error', make: () => Object.create(Error.prototype) as unknown },
  { name: 'cycles', make: cyclic, isCut: true },
  { name: 'holes', make: () => [1, , 3] }, // eslint-disable-line no-sparse-arrays
  { name: 'a list with other properties', make: () => Object.assign([1], { extra: 1, '-1': 2 }) },
  {
    name: 'a subclassed list with a species',
    make: (trip) =>
      new (class List extends Array<number> {
        static override get [Symbol.species]() {
          return trip('species')
        }
      })(1, 2, 3),
  },
  {
    name: 'a subclassed Map',
    make: (trip) => {
      const map = new (class extends Map {
        override get size() {
          return trip('size')
        }
        override entries() {
          return trip('entries')
        }
        override [Symbol.iterator]() {
          return trip('iterator')
        }
      })()
      map.set('a', 1)
      return map
    },
  },
  { name: 'bigints', make: () => [0n, -1n, 2n ** 64n, 2n ** 1023n, BigInt(Number.MAX_SAFE_INTEGER)] },
  { name: 'a boxed bigint', make: () => Object(big) as unknown, isCut: true },
  { name: 'boxed primitives', make: () => [new String('s'), new Number(1), new Boolean(false), Object(1n), Object(Symbol('s'))] },
  { name: 'numbers that JSON does not know', make: () => [Number.NaN, Infinity, -Infinity, -0] },
  { name: 'an invalid date', make: () => new Date(Number.NaN) },
  { name: 'dates at the ends of time', make: () => [new Date(8.64e15), new Date(-8.64e15)] },
  { name: 'control, bidi and tag characters', make: () => ({ [unsafe]: unsafe, list: [...unsafe] }), isCut: true },
  {
    name: 'functions and symbols',
    make: (trip) => ({ call: () => trip('a function'), symbol: Symbol('x'), [Symbol('key')]: 1, list: [() => 1, Symbol('y')] }),
  },
  {
    name: 'generators, promises and weak things',
    make: () => [generator(), Promise.resolve(1), new WeakMap(), new WeakSet(), new WeakRef({}), /x/g],
  },
  { name: 'no prototype', make: () => Object.assign(Object.create(null) as object, { a: 1 }) },
  { name: 'frozen', make: () => Object.freeze({ a: Object.freeze([1]), b: Object.seal({ c: 1 }) }) },
  { name: 'private fields', make: () => new Account() },
  {
    name: 'errors',
    make: () => [
      new TypeError('quotes a value'),
      new AggregateError([new Error('x')], 'y'),
      Object.assign(new Error('z'), { code: 'E_CODE' }),
    ],
  },
  {
    name: 'bytes',
    make: () => [
      Buffer.from('bytes'),
      new Uint8Array([1, 2]),
      new Float64Array([1.5]),
      new ArrayBuffer(2),
      new SharedArrayBuffer(2),
      new DataView(new ArrayBuffer(3), 1),
    ],
  },
  { name: 'transferred bytes', make: () => givenAway(new Uint8Array(8)), isCut: true },
  { name: 'a view of transferred bytes', make: () => [givenAway(new DataView(new ArrayBuffer(8)))], isCut: true },
  { name: 'a revoked Proxy of a function', make: () => revoked(() => undefined) },
  {
    name: 'getters for the methods of streams',
    make: (trip) => {
      const names = ['pipe', 'lift', 'subscribe', 'getReader', 'arrayBuffer', 'data', Symbol.asyncIterator]
      const getters = names.map((name) => [name, { get: () => trip(String(name)) }] as const)
      return Object.defineProperties({ kept: 1 }, Object.fromEntries(getters))
    },
  },
  {
    name: 'a then that throws when it is read again',
    make: () => {
      let asked = 0
      const then = () => asked++ > 0 && JSON.parse('secret')
      // oxlint-disable-next-line unicorn/no-thenable -- the value is meant to break a promise
      return Object.defineProperty({}, 'then', { get: then, enumerable: false })
    },
  },
]
