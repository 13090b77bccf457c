import { BlockList, isIPv4, isIPv6, type IPVersion } from 'node:net'

/** The IPv4 addresses for special purposes: IANA's registry, everything that is not unicast, and one address of a cloud. */
const reservedIpv4 = [
  '0.0.0.0/8', // this network, this host: RFC 791, 1122
  '10.0.0.0/8', // private: RFC 1918
  '100.64.0.0/10', // shared, behind carriers' NAT: RFC 6598
  '127.0.0.0/8', // loopback: RFC 1122
  '168.63.129.16/32', // Azure's services to its own machines, in no registry
  '169.254.0.0/16', // link-local, clouds' metadata: RFC 3927
  '172.16.0.0/12', // private: RFC 1918
  '192.0.0.0/24', // protocol assignments, DS-Lite and NAT64 discovery among them: RFC 6890
  '192.0.2.0/24', // documentation: RFC 5737
  '192.31.196.0/24', // AS112: RFC 7535
  '192.52.193.0/24', // AMT: RFC 7450
  '192.88.99.0/24', // 6to4 relays, 6a44: RFC 7526, 6751
  '192.168.0.0/16', // private: RFC 1918
  '192.175.48.0/24', // AS112: RFC 7534
  '198.18.0.0/15', // benchmarks: RFC 2544
  '198.51.100.0/24', // documentation: RFC 5737
  '203.0.113.0/24', // documentation: RFC 5737
  '224.0.0.0/4', // multicast: RFC 1112
  '240.0.0.0/4', // reserved, and broadcast: RFC 1112, 919
]

/**
 * The same for IPv6, and every prefix that can contain an IPv4 address. Ranges outside of 2000::/3 are listed too, so that the list
 * can be compared with IANA's and stays correct if more is assigned as unicast.
 */
const reservedIpv6 = [
  '::/96', // unspecified, loopback, IPv4-compatible: RFC 4291
  '::ffff:0:0/96', // IPv4-mapped: RFC 4291
  '::ffff:0:0:0/96', // IPv4-translated: RFC 2765
  '64:ff9b::/96', // NAT64: RFC 6052
  '64:ff9b:1::/48', // local NAT64: RFC 8215
  '100::/64', // discard: RFC 6666
  '100:0:0:1::/64', // dummy: RFC 9780
  '2001::/23', // protocol assignments; Teredo, ORCHID and benchmarks among them: RFC 2928, 4380, 7343, 5180
  '2001:db8::/32', // documentation: RFC 3849
  '2002::/16', // 6to4: RFC 3056
  '2620:4f:8000::/48', // AS112: RFC 7534
  '3fff::/20', // documentation: RFC 9637
  '5f00::/16', // segment routing: RFC 9602
  'fc00::/7', // unique local: RFC 4193
  'fe80::/10', // link-local: RFC 4291
  'fec0::/10', // site-local, deprecated: RFC 3879
  'ff00::/8', // multicast: RFC 4291
]

// One list for each version: in a common one the rule for IPv4-mapped addresses would cover all of IPv4.
const reserved = { ipv4: blockList('ipv4', reservedIpv4), ipv6: blockList('ipv6', reservedIpv6) }
/** All of IPv6 that is assigned as global unicast: RFC 4291. */
const globalUnicast = blockList('ipv6', ['2000::/3'])

/**
 * True for an address that everybody can reach: global unicast, in no range for a special purpose, with no IPv4 address hidden in
 * it. False for any text that is not exactly an address, such as one with a zone or in brackets.
 */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !reserved.ipv4.check(address, 'ipv4')
  // A zone names one of our own links.
  if (!isIPv6(address) || address.includes('%')) return false
  return globalUnicast.check(address, 'ipv6') && !reserved.ipv6.check(address, 'ipv6') && !isIsatap(address)
}

/** ISATAP hides an IPv4 address after `0:5efe` in the lower half, under any prefix: RFC 5214. */
function isIsatap(address: string): boolean {
  const groups = groupsOf(address)
  return (groups[4]! & 0xfcff) === 0 && groups[5] === 0x5efe
}

function groupsOf(address: string): readonly number[] {
  const [head = '', tail = ''] = new URL(`https://[${address}]`).hostname.slice(1, -1).split('::')
  const [front, back] = [head, tail].map((part) =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)),
  )
  return [...front!, ...Array<number>(8 - front!.length - back!.length).fill(0), ...back!]
}

function blockList(version: IPVersion, ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [network, prefix] = range.split('/')
    list.addSubnet(network!, Number(prefix), version)
  }
  return list
}
