import { mapScalars, type ConfigNode, type MapNode, type ScalarNode } from '../document/config-node.ts'
import { kindAt } from '../schema/schema-keys.ts'

/** Converts text from the environment to the kind of its key; lists are split at white space and commas. Other text stays text. */
export function readTexts(root: MapNode): MapNode {
  return mapScalars(root, (scalar, path): ConfigNode => {
    if (!scalar.isText || typeof scalar.value !== 'string') return scalar
    const written = scalar.value
    const kind = kindAt(root, path)
    if (kind === 'number' && /^-?\d+$/.test(written)) return { ...scalar, value: Number(written) }
    if (kind === 'yes-or-no' && /^(true|false)$/i.test(written)) return { ...scalar, value: written.toLowerCase() === 'true' }
    if (kind !== 'list') return scalar
    const items = written.split(/[\s,]+/).filter((item) => item !== '')
    return { kind: 'list', items: items.map((value, index) => itemOf(scalar, value, index)), origin: scalar.origin }
  }) as MapNode
}

function itemOf({ origin }: ScalarNode, value: string, index: number): ScalarNode {
  return { kind: 'scalar', value, isText: true, origin: { place: origin.place, key: `${origin.key}[${index}]` } }
}
