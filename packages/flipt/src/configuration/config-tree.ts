// The tree into which @audit/config reads a file. That package imports the types from here, and gives the tree to `readFlipt()`.

/** The place of a value, `audit.yaml:3:5` or the name of a variable, and its key there. */
export interface Origin {
  readonly place: string
  readonly key: string
}

export type ConfigNode = ScalarNode | ListNode | MapNode

export interface ScalarNode {
  readonly kind: 'scalar'
  readonly value: string | number | boolean | null
  readonly origin: Origin
  /** The text in the file, if it has no quotes there: other readers may read another value from it. */
  readonly plain?: string
  /** The value is text from the environment, still to be converted to a number, a list or another kind. */
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

/** A Flipt configuration, and the tree functions of @audit/config. */
export interface FliptSource {
  readonly file: MapNode
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Collects problems. They must not contain a value. */
  readonly problems: Problems
  readonly nodeAt: NodeAt
  /** Puts a node at the path, and creates missing maps on the way. */
  readonly putAt: (root: MapNode, path: readonly string[], node: ConfigNode) => void
  /** Replaces every value that is exactly `${NAME}`. An unset variable is a problem, unless the value at its path is unused. */
  readonly interpolate: (root: MapNode, isUnused: (path: readonly string[]) => boolean) => MapNode
}

export interface Problems {
  add(origin: Origin, what: string): void
}

/** Returns the node at the path, or undefined. */
export type NodeAt = (node: ConfigNode, path: readonly string[]) => ConfigNode | undefined

export function isMap(node: ConfigNode | undefined): node is MapNode {
  return node?.kind === 'map'
}
