import type { FliptSource, MapNode } from './config-tree.ts'
import { checkFliptKeys, withLowerCaseKeys } from './flipt-keys.ts'
import { overlayFliptVariables } from './flipt-variables.ts'
import { translateFlipt, type FliptTranslation } from './translate-flipt.ts'

/**
 * Reads a configuration of Flipt v1, with Flipt's variables over it, as one of @audit/config, which calls this. Adds a problem for
 * everything that cannot be translated; the result is then not usable.
 */
export function readFlipt(source: FliptSource): FliptTranslation {
  const { problems } = source
  const file = withLowerCaseKeys(source.file, problems)
  overlayFliptVariables(file, source)
  checkFliptKeys(file, problems)
  const isOn = (sink: string) => isSwitchedOn(file, sink, source)
  // Variables in other sections may be set for Flipt only.
  const isUnused = ([section, key, sink]: readonly string[]) => {
    if (section === 'log') return key !== 'encoding' || !isOn('log')
    return section !== 'audit' || (key === 'sinks' && sink !== undefined && !isOn(sink))
  }
  return translateFlipt(source.interpolate(file, isUnused), source)
}

/** True if a sink is enabled in any form that Flipt accepts, also by a variable. */
function isSwitchedOn(file: MapNode, sink: string, { environment, nodeAt }: FliptSource): boolean {
  const enabled = nodeAt(file, ['audit', 'sinks', sink, 'enabled'])
  if (enabled?.kind !== 'scalar') return false
  const written = String(enabled.value)
  const [, variable] = /^\$\{([A-Za-z_]\w*)\}$/.exec(written) ?? []
  return /^(1|t|true)$/i.test(variable === undefined ? written : (environment[variable] ?? ''))
}
