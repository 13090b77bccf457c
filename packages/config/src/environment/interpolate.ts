import { mapScalars, nodeAt, type MapNode } from '../document/config-node.ts'
import type { Problems } from '../problems.ts'

export type Environment = Readonly<Record<string, string | undefined>>

const WHOLE = /^\$\{([A-Za-z_]\w*)(?::-([^}]*))?\}$/
const WITHIN = /\$\{[A-Za-z_]\w*(?::-[^}]*)?\}/

export interface InterpolationOptions {
  /** Paths whose variables need not be set, since nothing is made of what is there. */
  readonly isUnused: (path: readonly string[]) => boolean
  /** `${NAME:-default}` is understood, and a variable within a text is an error. */
  readonly isNative: boolean
}

/**
 * Replaces every value that is `${NAME}`, as a whole, by the variable's. An empty variable counts as one that is not set, and
 * without a default that is a problem.
 */
export function interpolate(root: MapNode, environment: Environment, problems: Problems, options: InterpolationOptions): MapNode {
  return mapScalars(root, (scalar, path) => {
    if (typeof scalar.value !== 'string' || scalar.isText) return scalar
    const [, name, fallback] = WHOLE.exec(scalar.value) ?? []
    if (name === undefined || (fallback !== undefined && !options.isNative)) {
      // In the text of a message `${` may stand for itself.
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

/** The variables that values are to be replaced by. */
export function namedVariables(root: MapNode): readonly string[] {
  const names: string[] = []
  mapScalars(root, (scalar) => {
    const name = WHOLE.exec(String(scalar.value))?.[1]
    if (name !== undefined) names.push(name)
    return scalar
  })
  return names
}

/** Whether `enabled` of what stands at the path says no, also if a variable says so. */
export function isSwitchedOff(root: MapNode, path: readonly string[], environment: Environment): boolean {
  return /^false$/i.test(switchAt(root, path, environment))
}

/** Whether it says yes, in any of Flipt's words. */
export function isSwitchedOn(root: MapNode, path: readonly string[], environment: Environment): boolean {
  return /^(1|t|true)$/i.test(switchAt(root, path, environment))
}

function switchAt(root: MapNode, path: readonly string[], environment: Environment): string {
  const enabled = nodeAt(root, [...path, 'enabled'])
  if (enabled?.kind !== 'scalar') return ''
  const [, name, fallback = ''] = WHOLE.exec(String(enabled.value)) ?? []
  return name === undefined ? String(enabled.value) : environment[name] || fallback
}
