import { z } from 'zod'
import { configSchema, isSinkType, sinkTypes, type SinkType } from './config-schema.ts'
import type { ConfigNode } from '../document/config-node.ts'
import { nodeAt } from '../document/config-node.ts'

/** The kind that text from the environment is converted to. A record has one text for each of its names. */
export type KeyKind = 'text' | 'number' | 'yes-or-no' | 'list' | 'record'

/** A key that holds a value, by its path below the configuration or below a sink. */
export interface SchemaKey {
  readonly path: readonly string[]
  readonly kind: KeyKind
}

/** The part of JSON Schema that is needed to walk ours. */
interface JsonSchema {
  readonly type?: string
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly additionalProperties?: JsonSchema | boolean
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
}

/** The JSON schema of a configuration file. */
export function configJsonSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(configSchema, { io: 'input' }), title: 'Configuration of an audit trail' }
}

const schema = configJsonSchema() as JsonSchema
const { sinks, $schema: _, ...members } = schema.properties!
const sinkMembers = sinks!.properties!

/** Keys outside of sinks. */
export const generalKeys: readonly SchemaKey[] = keysOf({ properties: members })

const keysOfSinks = Object.fromEntries(sinkTypes.map((type) => [type, keysOf(sinkMembers[type]!)])) as Readonly<
  Record<SinkType, readonly SchemaKey[]>
>

export function sinkKeys(type: SinkType): readonly SchemaKey[] {
  return keysOfSinks[type]
}

/** Returns the type of a sink: its `type`, or its name, if that is a type. */
export function sinkTypeOf(root: ConfigNode, name: string): SinkType | undefined {
  const type = nodeAt(root, ['sinks', name, 'type'])
  const said = type === undefined ? name : type.kind === 'scalar' ? type.value : undefined
  return isSinkType(said) ? said : undefined
}

/** Returns the kind of the key at the path; undefined for a path that is not a key. */
export function kindAt(root: ConfigNode, path: readonly string[]): KeyKind | undefined {
  if (path[0] !== 'sinks') return kindIn(generalKeys, path)
  const type = sinkTypeOf(root, path[1] ?? '')
  return type && kindIn(sinkKeys(type), path.slice(2))
}

/** Lists the names that are allowed in the map at the path. */
export function namesAt(root: ConfigNode, path: readonly PropertyKey[]): readonly string[] {
  const below = path[0] === 'sinks' && path.length > 1 ? sinkTypeOf(root, String(path[1])) : undefined
  if (path[0] === 'sinks' && path.length > 1 && !below) return []
  let at = below ? sinkMembers[below] : schema
  for (const part of below ? path.slice(2) : path) at = propertiesOf(at)[String(part)]
  return Object.keys(propertiesOf(at))
}

function kindIn(keys: readonly SchemaKey[], path: readonly string[]): KeyKind | undefined {
  const isAt = (key: SchemaKey) => key.path.length <= path.length && key.path.every((part, index) => part === path[index])
  const key = keys.find(isAt)
  if (!key) return undefined
  // An item of a list, or a member of a record.
  if (path.length === key.path.length + 1) return key.kind === 'list' || key.kind === 'record' ? 'text' : undefined
  return path.length === key.path.length ? key.kind : undefined
}

function keysOf(node: JsonSchema, path: readonly string[] = []): readonly SchemaKey[] {
  const properties = propertiesOf(node)
  return Object.entries(properties).flatMap(([name, member]) => {
    const at = [...path, name]
    return Object.keys(propertiesOf(member)).length > 0 ? keysOf(member, at) : [{ path: at, kind: kindOf(name, member) }]
  })
}

function propertiesOf(node: JsonSchema | undefined): Readonly<Record<string, JsonSchema>> {
  return Object.assign({}, node?.properties, ...(node?.oneOf ?? []).map(({ properties }) => properties))
}

function kindOf(name: string, node: JsonSchema): KeyKind {
  // A secret may contain spaces and commas, so its own schema splits several.
  if (name === 'secret') return 'text'
  const types = new Set([node, ...(node.anyOf ?? [])].map(({ type }) => type))
  if (types.has('object')) return 'record'
  if (types.has('array')) return 'list'
  if (types.has('boolean')) return 'yes-or-no'
  // A size is a number or a text with a unit, and can always be read from a text.
  return types.has('string') ? 'text' : 'number'
}
