import { expect, test } from 'vitest'
import { tripwire } from '../testing/arbitraries/index.ts'
import { rigged, trapped } from '../testing/arbitraries/tripwire.ts'
import { idText } from './id-text.ts'

const hex = '6b0ab40e3ed7cddb9de4a85f'
const uuid = '6b0ab40e-3ed7-4ddb-9de4-a85f00000001'
const uuidBytes = Buffer.from(uuid.replaceAll('-', ''), 'hex')

/** The forms in which the versions of bson keep their bytes. */
const objectIds = {
  'bson 1': new (class ObjectID {
    readonly _bsontype = 'ObjectID'
    readonly id = Buffer.from(hex, 'hex')
  })(),
  'bson 1, of characters': new (class ObjectID {
    readonly _bsontype = 'ObjectID'
    readonly id = Buffer.from(hex, 'hex').toString('latin1')
  })(),
  'bson 4 and 5': Object.assign(new (class ObjectId {})(), { [Symbol('id')]: Buffer.from(hex, 'hex') }),
  'bson 6': new (class ObjectId {
    readonly buffer = Buffer.from(hex, 'hex')
  })(),
  'bson 6, with its text kept': new (class ObjectId {
    readonly buffer = Buffer.from(hex, 'hex')
    readonly __id = hex
  })(),
  'bson 7': new (class ObjectId {
    readonly i0 = 0x6b0ab4
    readonly i1 = 0x0e3ed7
    readonly i2 = 0xcddb9d
    readonly i3 = 0xe4a85f
  })(),
}

test.each(Object.entries(objectIds))('an ObjectId of %s is its hexadecimal text', (_, id) => {
  expect(idText(id)).toEqual({ text: hex, isRead: true })
})

class UserId {
  constructor(readonly value: unknown) {}
}
class Long {
  constructor(
    readonly low: number,
    readonly high: number,
    readonly unsigned = false,
  ) {}
}

test.each<[string, unknown, string]>([
  ['a UUID of bson', new (class UUID { readonly sub_type = 4; readonly buffer = uuidBytes; readonly position = 16 })(), uuid], // prettier-ignore
  ['a Uuid of a text', new (class Uuid { readonly text = uuid.toUpperCase() })(), uuid], // prettier-ignore
  ['16 bytes', uuidBytes, uuid],
  ['16 bytes in a buffer', new Uint8Array(uuidBytes).buffer, uuid],
  ['other bytes', Buffer.from([1, 2, 255]), '0102ff'],
  ['a number', 42, '42'],
  ['a bigint', 9_007_199_254_740_993n, '9007199254740993'],
  ['a Long', new Long(1_912_276_171, 287), '1234567890123'],
  ['a negative Long', new Long(-1, -1), '-1'],
  ['an unsigned Long', new Long(-1, -1, true), '18446744073709551615'],
  ['a value object', new UserId('u1'), 'u1'],
  ['a value object of an ObjectId', new UserId(objectIds['bson 6']), hex],
  ['extended JSON', { $oid: hex }, hex],
  ['a boxed text', new String('u1'), 'u1'],
  ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
  ['a URL', new URL('spiffe://example.org/billing'), 'spiffe://example.org/billing'],
])('%s becomes text', (_, id, text) => {
  expect(idText(id)).toEqual({ text, isRead: true })
})

test.each<[string, unknown, string]>([
  ['a thing of several members', { id: 1, name: 'x' }, '[Object]'],
  ['a thing of one member', { password: 'x' }, '[Object]'],
  ['a list', ['u1'], '[Array]'],
  ['a Map', new Map([['a', 1]]), '[Map]'],
  ['bytes of a document', Buffer.alloc(100), '[Buffer]'],
  ['no bytes', Buffer.alloc(0), '[Buffer]'],
  ['an integer without end', 2n ** 300n, '[bigint]'],
  ['a function', () => 'u1', '[function]'],
  ['a symbol', Symbol('u1'), '[symbol]'],
  ['a false URL', Object.create(URL.prototype), '[URL]'],
  ['a wrapper without end', new UserId(new UserId(new UserId(new UserId(new UserId('u1'))))), '[UserId]'],
])('%s is not an id', (_, value, text) => {
  expect(idText(value)).toEqual({ text, isRead: false })
})

test("the application's conversion comes first, and may fail", () => {
  class Snowflake {
    readonly #value = 5n
    toText(): string {
      return `${this.#value}`
    }
  }
  expect(idText(new Snowflake()).isRead).toBe(false)
  expect(idText(new Snowflake(), [[Snowflake, (id: Snowflake) => id.toText()]])).toEqual({ text: '5', isRead: true })
  const fails = () => {
    throw new Error('x')
  }
  expect(idText(new Snowflake(), [[Snowflake, fails]])).toEqual({ text: '[Snowflake]', isRead: false })
})

test('no code of an id is run', () => {
  const { trip, tripped } = tripwire()
  const ids = [trapped({}, trip), rigged(new UserId('u1'), trip), rigged(Buffer.alloc(12), trip), rigged(new ArrayBuffer(12), trip), { get id() { return trip('id') } }] // prettier-ignore
  for (const id of ids) expect(typeof idText(id).text).toBe('string')
  expect(tripped).toEqual([])
})
