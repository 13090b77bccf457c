import { fromPointer } from '../copy/pointer.ts'
import type { NamedMembers, NamedPlace } from './named-place.ts'

type JsonSchema = Readonly<Record<string, unknown>>

/** Keywords about the type of a value. A schema with none of them accepts everything. */
const TELLING = ['type', 'properties', 'additionalProperties', 'patternProperties', 'items', 'prefixItems', 'enum', 'const']
const COMBINING = ['anyOf', 'oneOf', 'allOf', '$ref', 'not', 'if']
const SCALARS: ReadonlySet<unknown> = new Set(['string', 'number', 'integer', 'boolean', 'null'])

/** The names in a JSON schema at the place of `schema`. References lead to places in `root` alone. */
export function jsonSchemaPlace(schema: unknown, root: unknown = schema): NamedPlace {
  if (schema === true) return 'anything'
  if (typeof schema !== 'object' || schema === null) return 'nothing'
  const known = schema as JsonSchema
  const isTelling = TELLING.some((word) => word in known)
  if (!isTelling && !COMBINING.some((word) => word in known)) return 'anything'
  return {
    choose() {
      const parts = ['anyOf', 'oneOf', 'allOf'].flatMap((word) => (Array.isArray(known[word]) ? (known[word] as unknown[]) : []))
      const referred = typeof known['$ref'] === 'string' ? [targetOf(known['$ref'], root)] : []
      const places = [...parts, ...referred].map((part) => jsonSchemaPlace(part, root))
      return isTelling ? [...ownPlaces(known, root), ...places] : places
    },
  }
}

function ownPlaces(schema: JsonSchema, root: unknown): readonly NamedPlace[] {
  const types = [schema['type']].flat()
  const isScalar = types.some((type) => SCALARS.has(type)) || 'enum' in schema || 'const' in schema
  return [...(isScalar ? ['scalar' as const] : []), membersOf(schema, root)]
}

function membersOf(schema: JsonSchema, root: unknown): NamedMembers {
  const { type, properties, additionalProperties, items, prefixItems } = schema
  const named = typeof properties === 'object' && properties !== null ? (properties as JsonSchema) : {}
  // Members that only a pattern names are not kept: to find them, a pattern would run over a payload's keys.
  const hasOthers = additionalProperties === true || (typeof additionalProperties === 'object' && additionalProperties !== null)
  const first = [prefixItems, Array.isArray(items) ? items : undefined].find(Array.isArray) as readonly unknown[] | undefined
  const isList = [type].flat().includes('array') || items !== undefined || first !== undefined
  const rest = Array.isArray(items) ? schema['additionalItems'] : items
  return {
    member(key) {
      if (Object.hasOwn(named, key)) return jsonSchemaPlace(named[key], root)
      return hasOthers ? jsonSchemaPlace(additionalProperties, root) : undefined
    },
    ...(isList && {
      item: (index: number) => jsonSchemaPlace(first && index < first.length ? first[index] : (rest ?? !first), root),
    }),
  }
}

/** `#/$defs/Address`. Nothing is fetched. */
function targetOf(reference: string, root: unknown): unknown {
  if (!reference.startsWith('#')) return false
  let target = root
  for (const part of fromPointer(reference.slice(1))) {
    const isHolder = typeof target === 'object' && target !== null && Object.hasOwn(target, part)
    target = isHolder ? (target as JsonSchema)[part] : false
  }
  return target
}
