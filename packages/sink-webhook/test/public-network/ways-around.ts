import type { Zone } from './name-server.ts'

/** A URL that an attacker gives to reach the inside. `{port}` is where the inside listens. */
export interface WayAround {
  readonly way: string
  readonly url: string
  /** The address it leads to without a guard. */
  readonly leadsTo: string
  /** The text alone is not enough: it is a name whose address has to be looked up. */
  readonly needsLookup?: true
}

const literal = (way: string, leadsTo: string, ...hosts: readonly string[]): readonly WayAround[] =>
  hosts.map((host) => ({ way, url: `https://${host}:{port}/hook`, leadsTo }))
const spelled = (way: string, ...urls: readonly string[]): readonly WayAround[] =>
  urls.map((url) => ({ way, url, leadsTo: '127.0.0.1' }))

/** One address of each kind that cannot be reached from outside. */
export const insides: Readonly<Record<string, string>> = {
  'this-network': '0.0.0.1',
  'private-10': '10.0.0.1',
  'carrier-nat': '100.64.0.1',
  'alibaba-metadata': '100.100.100.200',
  loopback: '127.0.0.1',
  'azure-host': '168.63.129.16',
  'cloud-metadata': '169.254.169.254',
  'private-172': '172.16.0.1',
  'docker-bridge': '172.17.0.1',
  'oracle-metadata': '192.0.0.192',
  'documentation-1': '192.0.2.1',
  as112: '192.31.196.1',
  amt: '192.52.193.1',
  'relay-6to4': '192.88.99.1',
  'private-192': '192.168.0.1',
  'as112-direct': '192.175.48.1',
  benchmark: '198.18.0.1',
  'documentation-2': '198.51.100.1',
  'documentation-3': '203.0.113.1',
  multicast: '224.0.0.1',
  reserved: '240.0.0.1',
  broadcast: '255.255.255.255',
  'loopback-6': '::1',
  mapped: '::ffff:127.0.0.1',
  compatible: '::127.0.0.1',
  translated: '::ffff:0:127.0.0.1',
  nat64: '64:ff9b::7f00:1',
  'local-nat64': '64:ff9b:1::7f00:1',
  discard: '100::1',
  teredo: '2001:0:7f00:1::80ff:fffe',
  orchid: '2001:20::1',
  'documentation-6': '2001:db8::1',
  'wrapped-6to4': '2002:7f00:1::1',
  isatap: '2001:4860:4860::5efe:7f00:1',
  'new-documentation-6': '3fff::1',
  'segment-routing': '5f00::1',
  'aws-metadata-6': 'fd00:ec2::254',
  'link-local-6': 'fe80::1',
  'site-local-6': 'fec0::1',
  'multicast-6': 'ff02::1',
}

/** Names that only the attacker's name server resolves. */
export const attackersZone: Zone = {
  ...Object.fromEntries(Object.entries(insides).map(([kind, address]) => [`${kind}.attacker.test`, [[address]]])),
  'public-and-private.attacker.test': [['8.8.8.8', '127.0.0.1']],
  'private-and-public.attacker.test': [['127.0.0.1', '8.8.8.8']],
  'public-4-private-6.attacker.test': [['8.8.8.8', '::1']],
  'public-6-private-4.attacker.test': [['2001:4860:4860::8888', '127.0.0.1']],
  'private-at-the-end.attacker.test': [[...Array.from({ length: 12 }, (_, index) => `8.8.8.${index + 1}`), '127.0.0.1']],
  'alias.attacker.test': [['alias-of-alias.attacker.test']],
  'alias-of-alias.attacker.test': [['loopback.attacker.test']],
  '127-0-0-1.attacker.test': [['127.0.0.1']],
  '127.0.0.1.attacker.test': [['127.0.0.1']],
  'xn--lcalhost-n4a.attacker.test': [['127.0.0.1']],
}

/** Every known way in, as URLs. */
export const waysAround: readonly WayAround[] = [
  ...literal('a dot after it', '127.0.0.1', '127.0.0.1.'),
  ...literal('another loopback', '127.255.255.254', '127.255.255.254'),
  ...literal('short', '127.0.0.1', '127.1', '127.0.1', '127.1.'),
  ...literal('decimal', '127.0.0.1', '2130706433', '2130706433.'),
  ...literal('octal', '127.0.0.1', '0177.0.0.1', '017700000001', '0000177.0.0.01', '0177.1', '00177.00.00.01'),
  ...literal('hexadecimal', '127.0.0.1', '0x7f000001', '0x7f.0.0.1', '0x7f.1', '0X7F.0x0.0x0.0x1'),
  ...literal('mixed', '127.0.0.1', '0177.0x0.0.1', '0x7f.0.1', '127.0x1', '0177.0.0x1'),
  ...literal('fullwidth', '127.0.0.1', '１２７.０.０.１', '１２７．０．０．１', '０ｘ７ｆ.1', '２１３０７０６４３３'),
  ...literal('other digits', '127.0.0.1', '①②⑦.⓪.⓪.①', '𝟏𝟐𝟕.𝟎.𝟎.𝟏', '¹²⁷.⁰.⁰.¹'),
  ...literal('other full stops', '127.0.0.1', '127。0。0。1', '127｡0｡0｡1', '127。0．0｡1'),
  ...literal('ignored characters', '127.0.0.1', '127.0.0\u00ad.1', '127\u200b.0.0.1', '127.0.0.\u20601'),
  ...literal('percent-encoded', '127.0.0.1', '%31%32%37.0.0.1', '127%2E0%2e0%2E1', '%EF%BC%91%32%37.0.0.1', '%30x7f.1'),
  ...literal('nothing', '0.0.0.0', '0.0.0.0', '0', '0x0', '00000000'),
  ...literal('localhost', '127.0.0.1', 'localhost', 'LOCALHOST', 'localhost.', 'ｌｏｃａｌｈｏｓｔ', 'ⓛocalhost', 'loc%61lhost'),
  ...literal('a user before it', '127.0.0.1', 'public.example.com@127.0.0.1', 'public.example.com:443@127.0.0.1', '@127.0.0.1'),
  ...literal('two users before it', '127.0.0.1', 'public.example.com%40127.0.0.1@localhost', 'a@b@127.0.0.1'),
  ...spelled('no slashes', 'https:127.0.0.1:{port}/hook', 'https:/127.0.0.1:{port}', 'https:////127.0.0.1:{port}/'),
  ...spelled(
    'backslashes',
    'https:\\\\127.0.0.1:{port}\\hook',
    'https:/\\127.0.0.1:{port}',
    'https://127.0.0.1:{port}\\@public.example.com/',
  ),
  ...spelled('space around it', '  https://127.0.0.1:{port}/hook \n', '\u0000https://127.0.0.1:{port}'),
  ...spelled(
    'tabs and lines in it',
    'https://127.\t0.0.1:{port}/',
    'ht\ntps://127.0.0\r\n.1:{port}/',
    'https:/\t/127.0.0.1:{port}',
  ),
  ...spelled(
    'another host after it',
    'https://127.0.0.1:{port}#@public.example.com',
    'https://127.0.0.1:{port}?@public.example.com',
  ),
  ...spelled('other cases', 'HTTPS://127.0.0.1:{port}/hook', 'hTtPs://LocalHost:{port}/hook'),
  ...literal('loopback', '::1', '[0:0:0:0:0:0:0:1]', '[0000::0001]', '[::0.0.0.1]'),
  ...literal('nothing', '::', '[::]', '[0::0.0.0.0]'),
  ...literal(
    'mapped',
    '::ffff:127.0.0.1',

    '[::ffff:7f00:1]',
    '[0:0:0:0:0:FFFF:7f00:0001]',
    '[::FFFF:7F00:1]',
  ),
  ...literal('mapped nothing', '::ffff:0.0.0.0', '[::ffff:0:0]', '[::ffff:0.0.0.0]'),
  ...literal('decimal metadata', '169.254.169.254', '2852039166', '0xa9fea9fe', '0251.0376.0251.0376', '169.254.43518'),
  ...literal('mapped metadata', '::ffff:169.254.169.254', '[::ffff:a9fe:a9fe]', '[0::ffff:169.254.169.254]'),
  ...Object.entries(insides).flatMap(([kind, leadsTo]): readonly WayAround[] => [
    ...literal(kind, leadsTo, leadsTo.includes(':') ? `[${leadsTo}]` : leadsTo),
    { way: `a name for ${kind}`, url: `https://${kind}.attacker.test:{port}/hook`, leadsTo, needsLookup: true },
  ]),
  ...Object.entries(attackersZone).flatMap(([name, [addresses = []]]): readonly WayAround[] => {
    if (Object.keys(insides).some((kind) => name.startsWith(`${kind}.`))) return []
    const leadsTo = addresses.includes('::1') ? '::1' : '127.0.0.1'
    return [{ way: 'a name', url: `https://${name}:{port}/hook`, leadsTo, needsLookup: true }]
  }),
]
