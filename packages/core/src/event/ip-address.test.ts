import { expect, test } from 'vitest'
import { unmappedAddress } from './ip-address.ts'

test.each([
  ['::ffff:127.0.0.1', '127.0.0.1'],
  ['::FFFF:192.0.2.17', '192.0.2.17'],
  ['::ffff:c000:211', '192.0.2.17'],
  ['::ffff:0:1', '0.0.0.1'],
  ['0:0:0:0:0:ffff:192.0.2.17', '192.0.2.17'],
  ['0000:0000:0000:0000:0000:ffff:c000:0211', '192.0.2.17'],
])('%s is the address %s', (mapped, address) => {
  expect(unmappedAddress(mapped)).toBe(address)
})

test.each([
  '192.0.2.17',
  '2001:db8::1',
  '::1',
  '::',
  '::192.0.2.17',
  '64:ff9b::192.0.2.17',
  '::ffff:127.0.0.1:80',
  '::ffff:12345:1',
  '1:0:0:0:0:ffff:c000:211',
  'fe80::1%eth0',
  'unix:',
  '',
  ':'.repeat(10_000),
])('%s stays as it is', (address) => {
  expect(unmappedAddress(address)).toBe(address)
})
