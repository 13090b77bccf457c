import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { propertyRuns } from '../../test/property-runs.ts'
import { redactText } from './redact-text.ts'
import { createSecretKeys } from './secret-keys.ts'

const isSecretKey = createSecretKeys([])
const redacted = (text: string) => redactText(text, (name) => (isSecretKey(name) ? () => 'redacted' : undefined))

test.each([
  ['postgres://app:canary@db:5432/app', 'postgres://redacted:redacted@db:5432/app'],
  ['postgres://app:can/ary@db/app', 'postgres://redacted:redacted@db/app'],
  ['redis://:canary@cache', 'redis://redacted:redacted@cache'],
  ['https://canary@github.com/a.git', 'https://redacted@github.com/a.git'],
  ['clone https://bot:canary@git.example.com/x.git now', 'clone https://redacted:redacted@git.example.com/x.git now'],
  ['https://a:canary@one.example https://b:canary@two.example', 'https://redacted:redacted@one.example https://redacted:redacted@two.example'], // prettier-ignore
  ['https://a:can@ary@one.example/', 'https://redacted:redacted@one.example/'],
  ['"url":"amqp://u:canary@mq"', '"url":"amqp://redacted:redacted@mq"'],
])('credentials of a URL are redacted: %s', (text, expected) => {
  expect(redacted(text)).toBe(expected)
})

test.each([
  ['https://example.com/?access_token=canary&b=1', 'https://example.com/?access_token=redacted&b=1'],
  ['/login?user=ada&password=can,a;ry', '/login?user=ada&password=redacted'],
  ['https://example.com/#id_token=canary&state=1', 'https://example.com/#id_token=redacted&state=1'],
  ['https://s3.example/a?X-Amz-Signature=canary', 'https://s3.example/a?X-Amz-Signature=redacted'],
  ['username=ada&password=canary', 'username=ada&password=redacted'],
  ['password=canary', 'password=redacted'],
  ['Server=db;Password=canary;Timeout=3', 'Server=db;Password=redacted;Timeout=3'],
  ['/a?client%5Fsecret=canary', '/a?client%5Fsecret=redacted'],
  ['see /a?token=canary for more', 'see /a?token=redacted for more'],
  ['/a?token=canary=canary&b=1', '/a?token=redacted&b=1'],
])('secret parameters of a query are redacted: %s', (text, expected) => {
  expect(redacted(text)).toBe(expected)
})

test.each([
  ['{"user":"ada","password":"canary"}', '{"user":"ada","password":"redacted"}'],
  ['{"password" : "can\\"ary", "a": 1}', '{"password" : "redacted", "a": 1}'],
  ['{"body":"{\\"password\\":\\"can\\\\\\"ary\\",\\"a\\":1}"}', '{"body":"{\\"password\\":\\"redacted\\",\\"a\\":1}"}'],
  ['{"pin":1234,"cvv": -1, "a":1}', '{"pin":redacted,"cvv": redacted, "a":1}'],
  ['{"tokens":["canary","canary"],"a":1}', '{"tokens":[redacted],"a":1}'],
  ['mutation { login(user: "ada", password: "canary") { id } }', 'mutation { login(user: "ada", password: "redacted") { id } }'],
  ["{'api_key': 'canary', 'a': 1}", "{'api_key': 'redacted', 'a': 1}"],
  ['{"a":1,"password":"canary', '{"a":1,"password":"redacted'],
  ['{"url":"https://a:canary@b/?token=canary"}', '{"url":"https://redacted:redacted@b/?token=redacted"}'],
])('values after the name of a secret are redacted: %s', (text, expected) => {
  expect(redacted(text)).toBe(expected)
})

test.each([
  '{"tokenCount":5,"passwordPolicy":"long","name":"ada"}',
  'the password: it is long',
  '{"password":null,"token":true}',
  '{"password":""}',
  'a "quoted" text: "and more"',
  'https://example.com:8080/@ada/x',
  'https://medium.com/@ada',
  'ssh://git@github.com/a.git',
  'git@github.com:a/b.git',
  'mailto:ada@example.com',
  'write to ada@example.com, see https://example.com',
  '://@',
  'https://example.com/?page=2&sort=name&maxTokens=5',
  'x = y ? a == b : c',
  'token = 5',
  '/a?token=',
  'YWJj=ZGVm==',
  '',
])('other text stays as it is: %s', (text) => {
  expect(redacted(text)).toBe(text)
})

const pieces = fc.constantFrom(
  '://',
  '@',
  ':',
  '/',
  '?',
  '&',
  '=',
  '#',
  ';',
  ' ',
  '"',
  '%',
  'a',
  'token',
  'b:c',
  ':"',
  "'",
  '\\',
  '[',
  ']',
  '5',
  'https',
  'git',
)

test('any text is accepted, and redacting twice changes nothing more', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join('')),
        fc.string({ unit: 'binary' }),
      ),
      (text) => {
        const once = redacted(text)
        expect(redacted(once)).toBe(once)
      },
    ),
    { numRuns: propertyRuns(1_000) },
  )
})

describe('the work grows with the text alone', () => {
  test.each([
    '?x=1',
    '&a=',
    '://',
    'x://a:b/',
    '=@:/',
    '://a:b',
    '?token=',
    ';a=',
    'a'.repeat(63) + '=',
    '"token":',
    '"token":"',
    "token:'\\",
    '"a":',
    ':::',
    '"',
    '\\"token\\":[',
  ])('the work grows with the length of the text: %s, many times', (part) => {
    let asked = 0
    const count = (repeats: number) => {
      asked = 0
      redactText(`${part.repeat(repeats)} @"`, () => void asked++)
      return asked
    }
    expect(count(2_000)).toBeLessThanOrEqual(2 * count(1_000) + 2)
  })
})
