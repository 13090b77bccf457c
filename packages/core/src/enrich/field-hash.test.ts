import { createHmac, randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { createFieldHash, fieldOf, redactedHash } from './field-hash.ts'

const hashKey = 'an example key, not a secret'

test('a hash has the documented form, so that any language can compute it', () => {
  const mac = (text: string) => createHmac('sha256', hashKey).update(text).digest()
  const keyId = mac('audit-redaction-1 key id').subarray(0, 3).toString('base64url')
  const expected = mac('audit-redaction-1\0email\0"ada@example.com"').toString('base64url')
  expect(redactedHash('ada@example.com', { hashKey, field: 'email' })).toBe(`hmac-sha256:${keyId}:${expected}`)
})

test('a hash never changes, so that events of years ago can be found', () => {
  expect(redactedHash('ada@example.com', { hashKey, field: 'email' })).toBe(
    'hmac-sha256:_2Vi:IHeUb7PXKk4gOCavSLnfxPqnYm76MvnYCiVhOSVRSw4',
  )
  expect(redactedHash(42, { hashKey: Buffer.from(hashKey), field: '/orders/*/customer_number' })).toBe(
    'hmac-sha256:_2Vi:Bq8e4Z4jVab35Nd_Rz5ngpKaYaRLBZKEM3K86Jq1hWI',
  )
})

describe('differences', () => {
  const hash = (value: never, field = 'a', key: string | Uint8Array = hashKey) => redactedHash(value, { hashKey: key, field })
  const values = ['1', 1, true, 'true', 1.5, '', ' ', 'Ada', 'ada', new Date(0), Buffer.from('1'), -1, Number.NaN]
  test('different values, and types that the trail distinguishes, have different hashes', () => {
    expect(new Set(values.map((value) => hash(value as never))).size).toBe(values.length)
    expect(hash(10n as never)).toBe(hash('10' as never))
    expect(hash(new Date(0) as never)).toBe(hash('1970-01-01T00:00:00.000Z' as never))
  })
  test('different fields have different hashes', () => {
    expect(hash('x' as never, 'email')).not.toBe(hash('x' as never, 'phone'))
    for (const name of ['E-Mail', 'e_mail', 'EMAIL', '/user/email', '/users/*/email', '/email/*', '/email/0'])
      expect(hash('x' as never, name)).toBe(hash('x' as never, 'email'))
  })
  test('different keys have different hashes and key ids', () => {
    const [one, other] = [hash('x' as never), hash('x' as never, 'a', 'a key that is another one')]
    expect(one.split(':')[1]).not.toBe(other.split(':')[1])
    expect(one.split(':')[2]).not.toBe(other.split(':')[2])
  })
})

test.each([
  ['email', 'email'],
  ['/users/*/Home-Phone', 'homephone'],
  ['/byId/7', 'byid'],
  ['/a~1b', 'ab'],
  ['/*', ''],
])('%s is the field %s', (entry, field) => expect(fieldOf(entry)).toBe(field))

test.each([undefined, null, '', 'fifteen bytes..', Buffer.alloc(15), 16, {}])('the key %j is refused, and not shown', (given) => {
  expect(() => redactedHash('x', { hashKey: given as never, field: 'a' })).toThrow(
    expect.objectContaining({
      code: 'AUDIT_INVALID_OPTIONS',
      message: 'redactedHash: give a hashKey of at least 16 bytes.',
    }),
  )
})

test('a key is copied, so that it can be wiped', () => {
  const bytes = randomBytes(32)
  const hash = createFieldHash(bytes)
  const before = hash('x', 'a')
  bytes.fill(0)
  expect(hash('x', 'a')).toBe(before)
  expect(inspect(hash, { depth: 10, showHidden: true })).not.toContain(hashKey)
})
