import { advice } from '@audit/core/internal'
import { isMap, type ConfigNode, type MapNode, type Problems } from './config-tree.ts'

/** Flipt's sections. Apart from `audit` only the encoding of its logs concerns auditing. */
const SECTIONS: readonly string[] = [
  'audit',
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
]

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

/** True for a file with a section of Flipt. */
export function isFliptFile(root: MapNode): boolean {
  return [...root.members.keys()].some((name) => SECTIONS.includes(name.toLowerCase()))
}

/** Converts keys to lower case, as Flipt does. */
export function withLowerCaseKeys<Node extends ConfigNode>(node: Node, problems: Problems): Node
export function withLowerCaseKeys(node: ConfigNode, problems: Problems): ConfigNode {
  if (node.kind === 'scalar') return node
  if (node.kind === 'list') return { ...node, items: node.items.map((item) => withLowerCaseKeys(item, problems)) }
  const members = new Map<string, ConfigNode>()
  for (const [name, member] of node.members) {
    const key = name.toLowerCase()
    if (members.has(key)) problems.add(member.origin, 'the key occurs twice: Flipt ignores upper and lower case')
    members.set(key, withLowerCaseKeys(member, problems))
  }
  return { ...node, members }
}

/** Reports unknown keys. Flipt ignores them, so a misspelt one would silently have no effect. */
export function checkFliptKeys(root: MapNode, problems: Problems): void {
  for (const [key, { origin }] of root.members) {
    if (SECTIONS.includes(key)) continue
    problems.add(origin, `unknown section. This file is read as a Flipt configuration${advice(key, SECTIONS)}`)
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
