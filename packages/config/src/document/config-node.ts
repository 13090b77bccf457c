import type { ConfigNode, MapNode, Origin, ScalarNode } from '@audit/flipt'

// The types of a configuration as written: every value has its origin. They stand in the package that also reads such a tree.
export type { ConfigNode, ListNode, MapNode, Origin, ScalarNode } from '@audit/flipt'

export function emptyMap(origin: Origin): MapNode {
  return { kind: 'map', members: new Map(), origin }
}

export function isMap(node: ConfigNode | undefined): node is MapNode {
  return node?.kind === 'map'
}

/** Returns the node at the path, or undefined. */
export function nodeAt(node: ConfigNode, path: readonly PropertyKey[]): ConfigNode | undefined {
  let at: ConfigNode | undefined = node
  for (const part of path) {
    if (at?.kind === 'map') at = at.members.get(String(part))
    else if (at?.kind === 'list') at = at.items[Number(part)]
    else return undefined
  }
  return at
}

/** Returns the origin of the node at the path, or of the nearest node around it. */
export function originAt(node: ConfigNode, path: readonly PropertyKey[]): Origin {
  for (let length = path.length; length > 0; length--) {
    const at = nodeAt(node, path.slice(0, length))
    if (at) return at.origin
  }
  return node.origin
}

/** Puts a node at the path, and creates missing maps on the way. Does nothing if another value is in the way. */
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

/** Returns the values without origins, for a schema. */
export function plainValue(node: ConfigNode): unknown {
  if (node.kind === 'scalar') return node.value
  if (node.kind === 'list') return node.items.map(plainValue)
  return Object.fromEntries(Array.from(node.members, ([key, member]) => [key, plainValue(member)]))
}

/** Returns the same tree with every scalar replaced by the result of `change`. */
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
