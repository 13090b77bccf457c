import { describe, expect, test } from 'vitest'
import { isPublicAddress } from './public-address.ts'

/** First and last address of each range, and the neighbours outside of it. */
const ranges: readonly (readonly [what: string, before: string, first: string, last: string, after: string])[] = [
  ['0/8', '', '0.0.0.0', '0.255.255.255', '1.0.0.0'],
  ['10/8', '9.255.255.255', '10.0.0.0', '10.255.255.255', '11.0.0.0'],
  ['100.64/10', '100.63.255.255', '100.64.0.0', '100.127.255.255', '100.128.0.0'],
  ['127/8', '126.255.255.255', '127.0.0.0', '127.255.255.255', '128.0.0.0'],
  ['168.63.129.16', '168.63.129.15', '168.63.129.16', '168.63.129.16', '168.63.129.17'],
  ['169.254/16', '169.253.255.255', '169.254.0.0', '169.254.255.255', '169.255.0.0'],
  ['172.16/12', '172.15.255.255', '172.16.0.0', '172.31.255.255', '172.32.0.0'],
  ['192.0.0/24', '191.255.255.255', '192.0.0.0', '192.0.0.255', '192.0.1.0'],
  ['192.0.2/24', '192.0.1.255', '192.0.2.0', '192.0.2.255', '192.0.3.0'],
  ['192.31.196/24', '192.31.195.255', '192.31.196.0', '192.31.196.255', '192.31.197.0'],
  ['192.52.193/24', '192.52.192.255', '192.52.193.0', '192.52.193.255', '192.52.194.0'],
  ['192.88.99/24', '192.88.98.255', '192.88.99.0', '192.88.99.255', '192.88.100.0'],
  ['192.168/16', '192.167.255.255', '192.168.0.0', '192.168.255.255', '192.169.0.0'],
  ['192.175.48/24', '192.175.47.255', '192.175.48.0', '192.175.48.255', '192.175.49.0'],
  ['198.18/15', '198.17.255.255', '198.18.0.0', '198.19.255.255', '198.20.0.0'],
  ['198.51.100/24', '198.51.99.255', '198.51.100.0', '198.51.100.255', '198.51.101.0'],
  ['203.0.113/24', '203.0.112.255', '203.0.113.0', '203.0.113.255', '203.0.114.0'],
  ['224/4 and 240/4', '223.255.255.255', '224.0.0.0', '255.255.255.255', ''],
  ['all below 2000::/3', '', '::', '1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '2000::'],
  ['2001::/23', '2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '2001::', '2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff', '2001:200::'],
  [
    '2001:db8::/32',
    '2001:db7:ffff:ffff:ffff:ffff:ffff:ffff',
    '2001:db8::',
    '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff',
    '2001:db9::',
  ],
  ['2002::/16', '2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '2002::', '2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '2003::'],
  ['2620:4f:8000::/48', '2620:4f:7fff:ffff::', '2620:4f:8000::', '2620:4f:8000:ffff:ffff:ffff:ffff:ffff', '2620:4f:8001::'],
  ['3fff::/20', '3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '3fff::', '3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff', '3fff:1000::'],
  ['all above 2000::/3', '3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '4000::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', ''],
]

test.each(ranges)('the range %s has the right first and last address', (_what, before, first, last, after) => {
  expect([first, last].filter(isPublicAddress)).toEqual([])
  expect([before, after].filter((address) => address !== '' && !isPublicAddress(address))).toEqual([])
})

test.each(['8.8.8.8', '1.1.1.1', '93.184.215.14', '2606:4700:4700::1111', '2001:4860:4860::8888', '2A00:1450:4001:82F::200e'])(
  '%s is public',
  (address) => expect(isPublicAddress(address)).toBe(true),
)

describe('an IPv4 address in an IPv6 address', () => {
  test.each([
    '::ffff:8.8.8.8',
    '::ffff:808:808',
    '0:0:0:0:0:ffff:8.8.8.8',
    '::8.8.8.8',
    '::ffff:0:8.8.8.8',
    '64:ff9b::8.8.8.8',
    '64:ff9b:1:2:3:4:8.8.8.8',
    '2002:808:808::',
    '2001:0:808:808::f7f7:f7f7',
    '2a00:1450::5efe:8.8.8.8',
    '2a00:1450:0:0:0:5efe:a00:1',
    '2a00:1450::200:5efe:10.0.0.1',
    '2a00:1450::300:5EFE:a00:1',
    '2a00:1450:1:2:0:5efe::',
  ])('the IPv6 address %s, which contains an IPv4 address, is not public', (address) =>
    expect(isPublicAddress(address)).toBe(false),
  )

  test.each(['2a00:1450::201:5efe:a00:1', '2a00:1450:5efe::a00:1', '2a00:5efe::1', '2a00:1450::5efe:1'])(
    '%s contains no IPv4 address, and is public',
    (address) => {
      expect(isPublicAddress(address)).toBe(true)
    },
  )
})

describe('texts that are not an address', () => {
  test.each([
    '',
    ' 8.8.8.8',
    '8.8.8.8 ',
    '8.8.8.8\n',
    '8.8.8',
    '134744072',
    '0x8.8.8.8',
    '08.8.8.8',
    '8.8.8.8.',
    '8.8.8.8/32',
    '8.8.8.8:443',
    '８.8.8.8',
    'dns.google',
    '[2606:4700:4700::1111]',
    '2606:4700:4700::1111%eth0',
    '2606:4700:4700::1111%',
    '2606:4700:4700::1111/128',
    '2606:4700:4700:::1111',
    'fe80::1%eth0',
  ])('%j is not an address, so it is not public', (text) => expect(isPublicAddress(text)).toBe(false))
})
