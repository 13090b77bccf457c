import { inspect } from 'node:util'
import { SinkError } from '@audit/core/sink'
import { sampleBatch } from '@audit/core/testing'
import { expect, test } from 'vitest'
import { encodeBatch, type Encoding } from './encode.ts'
import { functionBody } from './function-body.ts'

const secret = 'text of the payload'
const batch = sampleBatch(3, () => ({ payload: { key: secret } }))
const bodies = (encoding: Encoding) => [...encodeBatch(batch, encoding)].map(({ body }) => body.toString())

test('an array is one request with the text of every event, byte for byte', () => {
  expect(bodies('array')).toEqual([`[${batch.lines.join(',')}]`])
  expect(JSON.parse(bodies('array')[0]!)).toEqual(batch.events)
})

test('NDJSON is one request with one line per event, each with a newline', () => {
  const [message, ...others] = encodeBatch(batch, 'ndjson')
  expect(others).toEqual([])
  expect(message).toMatchObject({ contentType: 'application/x-ndjson', count: 3 })
  expect(message!.body.toString()).toBe(batch.lines.map((line) => `${line}\n`).join(''))
})

test('a format makes one request per event, in order, with the id of the event', () => {
  const messages = [...encodeBatch(batch, { encode: (_event, line) => line })]
  expect(messages.map(({ body }) => body.toString())).toEqual(batch.lines)
  expect(messages.map(({ id }) => id)).toEqual(batch.events.map(({ id }) => id))
  expect(messages.every(({ count, contentType }) => count === 1 && contentType === 'application/json')).toBe(true)
})

test('a format may have its own content type', () => {
  const [message] = encodeBatch(batch, { encode: ({ id }) => `<event id="${id}"/>`, contentType: 'application/xml' })
  expect(message).toMatchObject({ contentType: 'application/xml', count: 1 })
  expect(message!.body.toString()).toBe(`<event id="${batch.events[0]!.id}"/>`)
})

test.each([
  ['an object', () => ({ a: [1, null] }), '{"a":[1,null]}'],
  ['a text', () => 'a "text"', '"a \\"text\\""'],
  ['null', () => null, 'null'],
])('the result of a body function is sent as JSON: %s', (_what, body, sent) => {
  expect(bodies({ encode: functionBody(body) })).toEqual([sent, sent, sent])
})

function misnamed(): never {
  throw Object.assign(new Error(secret), { name: secret })
}

const cycle: { self?: unknown } = {}
cycle.self = cycle

test.each([
  ['throws', () => JSON.parse(secret) as unknown, 'it threw a SyntaxError'],
  ['throws an error whose name quotes the event', () => misnamed(), 'it threw.'],
  ['returns undefined', () => undefined, 'it returned undefined'],
  ['returns a function', () => () => secret, 'it returned something else'],
  ['returns a bigint', () => 1n, 'it returned something else'],
  ['returns a cycle', () => cycle, 'it returned something else'],
  ['returns a promise', async () => secret, 'it returned a promise'],
  ['returns a promise that rejects', () => Promise.reject(new Error(secret)), 'it returned a promise'],
])('a body function that %s refuses the event for good, and the error quotes nothing', (_what, body, why) => {
  const given: string[] = []
  const encode = functionBody((event) => (event.id === batch.events[1]!.id ? body() : event.id))
  const run = () => {
    for (const message of encodeBatch(batch, { encode })) given.push(message.id)
  }
  expect(run).toThrow(why)
  expect(given).toEqual([batch.events[0]!.id])
  try {
    run()
  } catch (error) {
    expect(error).toBeInstanceOf(SinkError)
    expect(error).toMatchObject({ retryable: false })
    expect(error).not.toHaveProperty('cause')
    expect(inspect(error, { showHidden: true })).not.toContain(secret)
  }
})
