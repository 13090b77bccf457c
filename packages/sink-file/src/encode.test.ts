import { inspect } from 'node:util'
import { SinkError, type EventFormat } from '@audit/core/sink'
import { sampleBatch } from '@audit/core/testing'
import { expect, test } from 'vitest'
import { encodeBatch } from './encode.ts'

test('without a format, the text is that of the events, byte for byte', () => {
  const batch = sampleBatch(3)
  expect(encodeBatch(batch, undefined)).toBe(batch.lines.map((line) => `${line}\n`).join(''))
})

test('a format gets each event and its sealed text, and makes one line of it', () => {
  const batch = sampleBatch(2)
  const format: EventFormat = { encode: ({ id }, line) => `${id} ${line.length}` }
  expect(encodeBatch(batch, format)).toBe(
    batch.lines.map((line, index) => `${batch.events[index]!.id} ${line.length}\n`).join(''),
  )
})

const secret = 'text of the payload'

test.each<[string, (line: string) => unknown, string]>([
  ['throws', () => JSON.parse(secret) as unknown, 'it threw a SyntaxError'],
  ['returns a promise', async () => secret, 'it did not return a string'],
  ['returns nothing', () => undefined, 'it did not return a string'],
  ['returns two lines', (line) => `${line}\n${secret}`, 'more than one line'],
  ['returns a line end', (line) => `${line}\r`, 'more than one line'],
])('a format that %s for an event refuses it for good, and the error quotes nothing', (_what, encode, why) => {
  const batch = sampleBatch(2, () => ({ payload: { key: secret } }))
  const format = { encode: (_event: unknown, line: string) => (line === batch.lines[1] ? encode(line) : line) as string }
  expect(() => encodeBatch(batch, format)).toThrow(why)
  try {
    encodeBatch(batch, format)
  } catch (error) {
    expect(SinkError.isInstance(error) && error.retryable).toBe(false)
    expect(inspect(error, { showHidden: true })).not.toContain(secret)
  }
})
