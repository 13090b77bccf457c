import { execFileSync } from 'node:child_process'
import { BlockList } from 'node:net'
import { expect, test } from 'vitest'
import { isPublicAddress } from './public-address.ts'

/**
 * Addresses that Python's `ipaddress` calls global and we do not, within the unicast range. The reverse does not occur.
 * Outside of 2000::/3 nothing is public to us, whatever a version of Python says about NAT64 or mapped addresses.
 */
const stricter = blockListOf([
  // Azure's own, in no registry.
  ['168.63.129.16', 32],
  // IANA calls parts of these reachable, but they are for the infrastructure, and no receiver is there.
  ['192.0.0.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.175.48.0', 24],
  ['2001::', 23],
  ['2620:4f:8000::', 48],
  // Some versions of Python do not know these yet: 6to4, and the newest range for documentation.
  ['2002::', 16],
  ['3fff::', 20],
])
const globalUnicast = blockListOf([['2000::', 3]])

/** Random addresses, more of them from the ranges that matter, and both ends of these. */
const program = `
import ipaddress, random, sys
random.seed(int(sys.argv[1]))
ranges = [ipaddress.ip_network(text) for text in sys.argv[2:]]
def draw(n): return [str(n[random.randrange(n.num_addresses)]) for _ in range(100)]
def ends(n): return [str(type(n[0])(e)) for e in (int(n[0]) - 1, int(n[0]), int(n[-1]), int(n[-1]) + 1) if 0 <= e < 2**n.max_prefixlen]
everywhere = ['0.0.0.0/0'] * 40 + ['::/0'] * 10 + ['2000::/3'] * 40
texts = [a for n in map(ipaddress.ip_network, everywhere) for a in draw(n)] + [a for n in ranges for a in draw(n) + ends(n)]
for a in map(ipaddress.ip_address, texts):
  print(a, a.is_global and not a.is_multicast)
`
const ranges = `
  0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24
  192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24
  203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 ::/96 ::ffff:0:0/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 2001::/23
  2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20 5f00::/16 fc00::/7 fe80::/10 ff00::/8
`
  .trim()
  .split(/\s+/)

test('Python agrees on more than 10,000 addresses, except for known differences', () => {
  const lines = execFileSync('python3', ['-c', program, '20261122', ...ranges], { encoding: 'utf8', maxBuffer: 2 ** 26 })
    .trim()
    .split('\n')
  const found = lines.map((line) => line.split(' ') as [address: string, isGlobal: string])
  expect(found.length).toBeGreaterThan(10_000)
  const disagreements = found.filter(([address, isGlobal]) => isPublicAddress(address) !== (isGlobal === 'True'))
  const unexplained = disagreements.filter(([address, isGlobal]) => {
    const version = address.includes(':') ? 'ipv6' : 'ipv4'
    if (isGlobal === 'False') return true
    return !stricter.check(address, version) && (version === 'ipv4' || globalUnicast.check(address, 'ipv6'))
  })
  expect(unexplained).toEqual([])
  // Neither side gives one answer for all addresses.
  for (const said of ['True', 'False']) expect(found.filter(([, isGlobal]) => isGlobal === said).length).toBeGreaterThan(1_000)
  expect(found.filter(([address]) => isPublicAddress(address)).length).toBeGreaterThan(5_000)
})

function blockListOf(ranges: readonly (readonly [network: string, prefix: number])[]): BlockList {
  const list = new BlockList()
  for (const [network, prefix] of ranges) list.addSubnet(network, prefix, network.includes(':') ? 'ipv6' : 'ipv4')
  return list
}
