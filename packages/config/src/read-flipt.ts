import type { FliptTranslation } from '@audit/flipt'
import { installAdvice, loadPackage } from './build/load-package.ts'
import { nodeAt, putAt, type MapNode } from './document/config-node.ts'
import { interpolate, type Environment } from './environment/interpolate.ts'
import type { Problems } from './problems.ts'

const VARIABLES = 'FLIPT_AUDIT_'

export interface FliptContext {
  /** The top-level keys of our own configuration. */
  readonly ownKeys: readonly string[]
  readonly environment: Environment
  readonly problems: Problems
  readonly directory: string
}

/**
 * Reads a configuration of Flipt with the package @audit/flipt. Resolves with undefined if the configuration is ours. Throws
 * `AUDIT_INVALID_OPTIONS` if it is Flipt's and the package is not installed.
 */
export async function readFlipt(file: MapNode, context: FliptContext): Promise<FliptTranslation | undefined> {
  const { ownKeys, environment, problems, directory } = context
  const names = [...file.members.keys()].map((name) => name.toLowerCase())
  const isOurs = !names.includes('audit') && names.some((name) => ownKeys.some((key) => key.toLowerCase() === name))
  const variable = Object.keys(environment).find((name) => name.startsWith(VARIABLES) && environment[name])
  if (isOurs || (names.length === 0 && variable === undefined)) return undefined
  const flipt = await loadPackage('@audit/flipt', directory)
  if (!flipt) {
    const section = [...file.members].find(([name]) => name.toLowerCase() === 'audit')
    const origin = section?.[1].origin ?? (variable === undefined ? undefined : { place: variable, key: '' })
    if (origin) problems.add(origin, `this is a setting of Flipt, and ${installAdvice('@audit/flipt')}`)
    problems.throwIfAny()
    return undefined
  }
  if (names.length > 0 && !flipt.isFliptFile(file)) return undefined
  return flipt.readFlipt({
    file,
    environment,
    problems,
    nodeAt,
    putAt,
    interpolate: (root, isUnused) => interpolate(root, environment, problems, { isUnused, isNative: false }),
  })
}
