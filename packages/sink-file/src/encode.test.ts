import { sampleBatch } from '@audit/core/testing'
import { expect, test } from 'vitest'
import { encodeBatch } from './encode.ts'

test('native is the text of the events, byte for byte', () => {
  const batch = sampleBatch(3)
  expect(encodeBatch(batch, 'native')).toBe(batch.lines.map((line) => `${line}\n`).join(''))
})

test("of the actor, Flipt's format has Flipt's members that are not empty", () => {
  const actor = {
    authentication: 'oidc',
    id: 'u_1',
    type: 'user',
    ip: '',
    email: 'ada@example.com',
    name: '',
    picture: 'https://a/b',
  } as const
  const [line] = encodeBatch(
    sampleBatch(1, () => ({ metadata: { actor } })),
    'flipt',
  ).split('\n')
  expect(line).toContain('"metadata":{"actor":{"authentication":"oidc","email":"ada@example.com","picture":"https://a/b"}},')
})

test("a payload keeps its keys, also those that mean something to JavaScript, and Flipt's format has null for none", () => {
  const payload = JSON.parse('{"zeta":1,"alpha":{"__proto__":{"a":1},"toJSON":"x"}}') as unknown
  const lines = encodeBatch(
    sampleBatch(2, (index) => ({ payload: index === 0 ? payload : null })),
    'flipt',
  ).split('\n')
  expect(lines[0]).toContain('"payload":{"zeta":1,"alpha":{"__proto__":{"a":1},"toJSON":"x"}},')
  expect(lines[1]).toContain('"payload":null,')
})
