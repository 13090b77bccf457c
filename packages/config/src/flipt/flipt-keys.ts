import { isMap, originAt, type ConfigNode, type MapNode } from '../document/config-node.ts'
import { advice, type Problems } from '../problems.ts'

/** Flipt's own sections beside `audit`. They say nothing about auditing, but for the encoding of its logs. */
const OTHER_SECTIONS = [
  'analytics',
  'authentication',
  'authorization',
  'cache',
  'cloud',
  'cors',
  'db',
  'diagnostics',
  'experimental',
  'log',
  'meta',
  'metrics',
  'server',
  'storage',
  'tracing',
  'ui',
  'version',
] as const

/** The keys Flipt reads; `true` is a value, a list holds the keys of its members. */
interface Keys {
  readonly [key: string]: true | Keys | readonly [Keys]
}

const auditKeys: Keys = {
  sinks: {
    log: { enabled: true, file: true, encoding: true },
    webhook: {
      enabled: true,
      url: true,
      max_backoff_duration: true,
      signing_secret: true,
      templates: [{ url: true, method: true, headers: true, body: true }],
    },
    kafka: {
      enabled: true,
      topic: true,
      bootstrap_servers: true,
      encoding: true,
      schema_registry: true,
      require_tls: true,
      insecure_skip_tls: true,
      authentication: true,
    },
    cloud: { enabled: true },
  },
  buffer: { capacity: true, flush_period: true },
  events: true,
}

/** A configuration of Flipt's has its section `audit`, or other sections of Flipt's and no key of ours. */
export function isFliptFile(root: MapNode, ownKeys: readonly string[]): boolean {
  const names = [...root.members.keys()].map((name) => name.toLowerCase())
  if (names.includes('audit')) return true
  return names.some((name) => isSection(name)) && !names.some((name) => ownKeys.some((key) => key.toLowerCase() === name))
}

function isSection(name: string): boolean {
  return (OTHER_SECTIONS as readonly string[]).includes(name)
}

/** The keys in lower case, as Flipt reads them. */
export function withLowerCaseKeys<Node extends ConfigNode>(node: Node, problems: Problems): Node
export function withLowerCaseKeys(node: ConfigNode, problems: Problems): ConfigNode {
  if (node.kind === 'scalar') return node
  if (node.kind === 'list') return { ...node, items: node.items.map((item) => withLowerCaseKeys(item, problems)) }
  const members = new Map<string, ConfigNode>()
  for (const [name, member] of node.members) {
    const key = name.toLowerCase()
    if (members.has(key)) problems.add(member.origin, 'the key is here twice: Flipt reads keys in upper and lower case alike')
    members.set(key, withLowerCaseKeys(member, problems))
  }
  return { ...node, members }
}

/** Flipt passes over keys it does not know; a misspelt one would silently do nothing. */
export function checkFliptKeys(root: MapNode, problems: Problems): void {
  const sections = ['audit', ...OTHER_SECTIONS]
  for (const key of root.members.keys()) {
    if (sections.includes(key)) continue
    problems.add(originAt(root, [key]), `unknown section. This file is read as a Flipt configuration${advice(key, sections)}`)
  }
  checkKeys(root.members.get('audit'), auditKeys, problems)
}

function checkKeys(node: ConfigNode | undefined, keys: Keys, problems: Problems): void {
  if (node === undefined || (node.kind === 'scalar' && node.value === null)) return
  if (!isMap(node)) return problems.add(node.origin, 'give a mapping of keys to values')
  for (const [name, member] of node.members) {
    const below = keys[name]
    if (below === undefined) problems.add(member.origin, `there is no such key${advice(name, Object.keys(keys))}`)
    else if (below !== true) checkBelow(member, below, problems)
  }
}

function checkBelow(node: ConfigNode, below: Keys | readonly [Keys], problems: Problems): void {
  if (!Array.isArray(below)) return checkKeys(node, below as Keys, problems)
  if (node.kind === 'list') for (const item of node.items) checkKeys(item, below[0] as Keys, problems)
  else if (node.kind === 'map' || node.value !== null) problems.add(node.origin, 'give a list')
}
