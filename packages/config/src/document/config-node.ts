/** Where a value was written, `audit.yaml:3:5` or the name of a variable, and the key it is known by there. */
export interface Origin {
  readonly place: string
  readonly key: string
}

/** A configuration as it was written: every value knows where it came from. */
export type ConfigNode = ScalarNode | ListNode | MapNode

export interface ScalarNode {
  readonly kind: 'scalar'
  readonly value: string | number | boolean | null
  readonly origin: Origin
  /** The text of the file, if it stands there without quotes: other readers may make another value of it. */
  readonly plain?: string
  /** It came as text from the environment, so it is still to become a number, a list or what its key asks for. */
  readonly isText?: true
}

export interface ListNode {
  readonly kind: 'list'
  readonly items: readonly ConfigNode[]
  readonly origin: Origin
}

export interface MapNode {
  readonly kind: 'map'
  readonly members: Map<string, ConfigNode>
  readonly origin: Origin
}

export function emptyMap(origin: Origin): MapNode {
  return { kind: 'map', members: new Map(), origin }
}

export function isMap(node: ConfigNode | undefined): node is MapNode {
  return node?.kind === 'map'
}

/** What stands at the path, or nothing. */
export function nodeAt(node: ConfigNode, path: readonly PropertyKey[]): ConfigNode | undefined {
  let at: ConfigNode | undefined = node
  for (const part of path) {
    if (at?.kind === 'map') at = at.members.get(String(part))
    else if (at?.kind === 'list') at = at.items[Number(part)]
    else return undefined
  }
  return at
}

/** The origin of what stands at the path, or of the nearest thing around it. */
export function originAt(node: ConfigNode, path: readonly PropertyKey[]): Origin {
  for (let length = path.length; length > 0; length--) {
    const at = nodeAt(node, path.slice(0, length))
    if (at) return at.origin
  }
  return node.origin
}

/** Puts a node at the path; maps that are missing on the way are made. What is in the way and is no map stays, and wins. */
export function putAt(root: MapNode, path: readonly string[], node: ConfigNode): void {
  let map = root
  for (const [index, part] of path.slice(0, -1).entries()) {
    let next = map.members.get(part)
    if (!next || (next.kind === 'scalar' && next.value === null)) {
      next = emptyMap({ place: node.origin.place, key: path.slice(0, index + 1).join('.') })
      map.members.set(part, next)
    }
    if (next.kind !== 'map') return
    map = next
  }
  map.members.set(path.at(-1)!, node)
}

/** The bare values, for a schema to look at. */
export function plainValue(node: ConfigNode): unknown {
  if (node.kind === 'scalar') return node.value
  if (node.kind === 'list') return node.items.map(plainValue)
  return Object.fromEntries(Array.from(node.members, ([key, member]) => [key, plainValue(member)]))
}

/** The same tree with every scalar replaced by what `change` makes of it. */
export function mapScalars(
  node: ConfigNode,
  change: (scalar: ScalarNode, path: readonly string[]) => ConfigNode,
  path: readonly string[] = [],
): ConfigNode {
  if (node.kind === 'scalar') return change(node, path)
  if (node.kind === 'list')
    return { ...node, items: node.items.map((item, index) => mapScalars(item, change, [...path, String(index)])) }
  const members = Array.from(node.members, ([key, member]) => [key, mapScalars(member, change, [...path, key])] as const)
  return { ...node, members: new Map(members) }
}
