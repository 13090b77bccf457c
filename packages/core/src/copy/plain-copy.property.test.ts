import fc from 'fast-check'
import { types } from 'node:util'
import { expect, test } from 'vitest'
import { hostilePayloads, tripwire } from '../testing/arbitraries/index.ts'
import { propertyRuns } from '../../test/property-runs.ts'
import { snapshotOf } from '../../test/snapshot.ts'
import { jsonValue } from '../event/json-value.ts'
import { plainCopy, type CopyLimits } from './plain-copy.ts'

const limits: CopyLimits = { maxBytes: 49_152, maxStringBytes: 8_192, maxDepth: 16, maxMembers: 1_000 }
const RUNS = propertyRuns(3_000)

test('copies any value without running, changing or polluting anything, and parts without a mark are complete', () => {
  const { trip, tripped } = tripwire()
  fc.assert(
    fc.property(hostilePayloads(trip), (make) => {
      const payload = make()
      const before = snapshotOf(payload)
      const copied = plainCopy(payload, { limits, member: 'payload' })
      expect(tripped).toEqual([])
      expect(snapshotOf(payload)).toEqual(before)
      expect(({} as { polluted?: true }).polluted).toBeUndefined()
      if (copied.truncated.length === 0) expect(written(jsonValue(copied.value))).toEqual(written(modelOf(payload)))
    }),
    { numRuns: RUNS },
  )
})

test('a copy stays within any limits, and never reports less than its size', () => {
  const { trip, tripped } = tripwire()
  const anyLimits = fc.record({
    maxBytes: fc.integer({ min: 256, max: 4_096 }),
    maxStringBytes: fc.integer({ min: 256, max: 1_024 }),
    maxDepth: fc.integer({ min: 1, max: 6 }),
    maxMembers: fc.integer({ min: 1, max: 8 }),
  })
  fc.assert(
    fc.property(hostilePayloads(trip), anyLimits, (make, tight) => {
      const payload = make()
      const { value, bytes, truncated } = plainCopy(payload, { limits: tight, member: 'payload' })
      const text = JSON.stringify(jsonValue(value)) ?? ''
      expect(tripped).toEqual([])
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(bytes)
      expect(bytes).toBeLessThanOrEqual(tight.maxBytes + 4_096)
      if (text !== '') checkSize(JSON.parse(text), tight)
      const wide = plainCopy(payload, { limits, member: 'payload' })
      // Every part that a wider copy has in addition is marked.
      if (truncated.length === 0) expect(written(jsonValue(value))).toEqual(written(jsonValue(wide.value)))
    }),
    { numRuns: RUNS },
  )
})

test('a copy of a copy is the same', () => {
  const { trip } = tripwire()
  fc.assert(
    fc.property(hostilePayloads(trip), (make) => {
      const payload = make()
      const once = plainCopy(payload, { limits, member: 'payload' }).value
      const twice = plainCopy(once, { limits, member: 'payload' })
      expect(written(jsonValue(twice.value))).toEqual(written(jsonValue(once)))
      expect(twice.truncated).toEqual([])
    }),
    { numRuns: propertyRuns(1_000) },
  )
})

/** The value as JSON has it, where there is no -0 and nothing undefined. */
function written(value: unknown): unknown {
  return JSON.parse(JSON.stringify({ value }))
}

/** The largest bigint has 310 digits; the name of an error or a class may have 256 characters of six bytes. */
const LONGEST_NAME_BYTES = 256 * 6 + 2

/** Maps and Sets stand for one level each and their pairs for another; an error and a class name add members of their own. */
function checkSize(value: unknown, tight: CopyLimits, depth = 0): void {
  if (typeof value === 'string')
    expect(Buffer.byteLength(JSON.stringify(value))).toBeLessThanOrEqual(Math.max(tight.maxStringBytes, LONGEST_NAME_BYTES))
  if (typeof value !== 'object' || value === null) return
  expect(depth).toBeLessThanOrEqual(tight.maxDepth * 2)
  expect(Object.keys(value).length).toBeLessThanOrEqual(Math.max(tight.maxMembers, 2) + 1)
  for (const member of Object.values(value)) checkSize(member, tight, depth + 1)
}

/** The meaning of a value in JSON, written down without regard to limits, cycles or hostile code. */
function modelOf(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value === 'function' || typeof value === 'symbol') return undefined
  if (typeof value !== 'object' || value === null) return value
  if (types.isBoxedPrimitive(value)) return modelOf(primitiveOf(value))
  if (Array.isArray(value)) return Array.from({ length: value.length }, (_, index) => modelOf(own(value, index)) ?? null)
  if (types.isDate(value)) return dateText(Date.prototype.getTime.call(value))
  if (value instanceof URL) return new URL(hrefOf(value)).href
  if (types.isMap(value)) return mapModel([...Map.prototype.entries.call(value)])
  if (types.isSet(value)) return Array.from(Set.prototype.values.call(value), (member) => modelOf(member))
  if (types.isAnyArrayBuffer(value)) return Buffer.from(new Uint8Array(value as ArrayBuffer)).toString('base64')
  if (ArrayBuffer.isView(value)) return bytesText(value)
  if (value instanceof Error)
    return { kind: 'code' in value || nameOf(value) ? nameOf(value) : 'Error', code: own(value, 'code') }
  const members = Object.keys(value).map((key) => [key, modelOf(own(value, key))] as const)
  const name = nameOf(value)
  const named = name === undefined || name === 'Object' ? [] : [['@class', name] as const]
  return Object.fromEntries([...named, ...members.filter(([, member]) => member !== undefined)])
}

function own(holder: object, key: PropertyKey): unknown {
  return Object.getOwnPropertyDescriptor(holder, key)?.value
}

function mapModel(pairs: readonly (readonly [unknown, unknown])[]): unknown {
  const entries = pairs.map(([key, member]) => [types.isStringObject(key) ? primitiveOf(key) : key, member] as const)
  if (entries.every(([key]) => typeof key === 'string'))
    return Object.fromEntries(entries.map(([key, member]) => [key, modelOf(member)]))
  return entries.map(([key, member]) => [modelOf(key), modelOf(member)])
}

function primitiveOf(value: object): unknown {
  for (const { prototype } of [String, Number, Boolean, BigInt]) {
    try {
      return (prototype.valueOf as (this: unknown) => unknown).call(value)
    } catch {
      // A value of another kind.
    }
  }
  return undefined
}

function dateText(time: number): string {
  return Number.isNaN(time) ? 'Invalid Date' : new Date(time).toISOString()
}

function hrefOf(value: URL): string {
  return Object.getOwnPropertyDescriptor(URL.prototype, 'href')!.get!.call(value) as string
}

function bytesText(value: ArrayBufferView): string {
  const prototype = types.isDataView(value) ? DataView.prototype : (Object.getPrototypeOf(Uint8Array.prototype) as object)
  const [buffer, offset, length] = ['buffer', 'byteOffset', 'byteLength'].map(
    (key) => Object.getOwnPropertyDescriptor(prototype, key)!.get!.call(value) as unknown,
  )
  return Buffer.from(buffer as ArrayBuffer, offset as number, length as number).toString('base64')
}

function nameOf(value: object): string | undefined {
  for (
    let prototype = Object.getPrototypeOf(value) as object | null;
    prototype !== null;
    prototype = Object.getPrototypeOf(prototype) as object | null
  ) {
    const constructor = own(prototype, 'constructor')
    if (typeof constructor !== 'function' || types.isProxy(constructor)) continue
    const name = own(constructor, 'name')
    if (typeof name === 'string' && name !== '') return name
  }
  return undefined
}
