import { mapScalars, nodeAt, type MapNode } from '../document/config-node.ts'
import type { Problems } from '../problems.ts'

export type Environment = Readonly<Record<string, string | undefined>>

const WHOLE = /^\$\{([A-Za-z_]\w*)(?::-([^}]*))?\}$/
const WITHIN = /\$\{[A-Za-z_]\w*(?::-[^}]*)?\}/

export interface InterpolationOptions {
  /** Paths whose variables need not be set, because their values are not used. */
  readonly isUnused: (path: readonly string[]) => boolean
  /** Allows `${NAME:-default}`, and refuses a variable within a text. */
  readonly isNative: boolean
}

/**
 * Replaces every value that is exactly `${NAME}` by the variable. An empty variable counts as not set, which is a problem without a
 * default.
 */
export function interpolate(root: MapNode, environment: Environment, problems: Problems, options: InterpolationOptions): MapNode {
  return mapScalars(root, (scalar, path) => {
    if (typeof scalar.value !== 'string' || scalar.isText) return scalar
    const [, name, fallback] = WHOLE.exec(scalar.value) ?? []
    if (name === undefined || (fallback !== undefined && !options.isNative)) {
      // In the text of a message `${` may be literal.
      const isPartial = options.isNative && path.at(-1) !== 'body' && WITHIN.test(scalar.value)
      if (isPartial) problems.add(scalar.origin, 'a variable must be the whole value; put the text around it into the variable')
      return scalar
    }
    const value = environment[name] || fallback
    if (value) return { ...scalar, value, isText: true }
    if (!options.isUnused(path)) problems.add(scalar.origin, `the variable ${name} is not set`)
    return { ...scalar, value: '', isText: true }
  }) as MapNode
}

/** Lists the variables that values refer to. */
export function namedVariables(root: MapNode): readonly string[] {
  const names: string[] = []
  mapScalars(root, (scalar) => {
    const name = WHOLE.exec(String(scalar.value))?.[1]
    if (name !== undefined) names.push(name)
    return scalar
  })
  return names
}

/** True if `enabled` at the path is false, also by a variable. */
export function isSwitchedOff(root: MapNode, path: readonly string[], environment: Environment): boolean {
  const enabled = nodeAt(root, [...path, 'enabled'])
  if (enabled?.kind !== 'scalar') return false
  const [, name, fallback = ''] = WHOLE.exec(String(enabled.value)) ?? []
  return /^false$/i.test(name === undefined ? String(enabled.value) : environment[name] || fallback)
}
