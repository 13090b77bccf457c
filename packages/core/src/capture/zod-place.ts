import type { NamedPlace } from './named-place.ts'

/** A zod schema's own description of itself: `_zod.def` in zod 4, `_def` in zod 3. */
interface Definition {
  readonly type?: unknown
  readonly typeName?: unknown
  readonly [member: string]: unknown
}

type Reader = (definition: Definition) => NamedPlace

export function isZod(schema: unknown): boolean {
  return definitionOf(schema) !== undefined
}

/** The names in a zod schema, of version 3 or 4, at its place. Throws if a getter of the schema does. */
export function zodPlace(schema: unknown): NamedPlace {
  const definition = definitionOf(schema)
  if (!definition) return 'nothing'
  const kind = kindOf(definition)
  return readers[kind]?.(definition) ?? plainPlaces[kind] ?? 'nothing'
}

function definitionOf(schema: unknown): Definition | undefined {
  if (typeof schema !== 'object' || schema === null) return undefined
  const { _zod, _def } = schema as { readonly _zod?: { readonly def?: Definition }; readonly _def?: Definition }
  return _zod?.def ?? _def
}

/** `ZodDiscriminatedUnion` of zod 3 is `union` here; zod 3 keeps the schema of an array's items in `type`. */
function kindOf({ type, typeName }: Definition): string {
  if (typeof type === 'string') return type
  return String(typeName)
    .replace(/^Zod(?:Discriminated)?/, '')
    .toLowerCase()
}

const object: Reader = ({ shape, catchall }) => {
  const members = (typeof shape === 'function' ? shape() : shape) as Readonly<Record<string, unknown>>
  const others = restOf(catchall)
  return { member: (key) => (Object.hasOwn(members, key) ? zodPlace(members[key]) : others?.()) }
}

const record: Reader = ({ valueType }) => ({ member: () => zodPlace(valueType) })

const array: Reader = ({ element, type }) => ({ item: () => zodPlace(element ?? type) })

const tuple: Reader = ({ items, rest }) => {
  const others = restOf(rest)
  return { item: (index) => (index < (items as unknown[]).length ? zodPlace((items as unknown[])[index]) : others?.()) }
}

const map: Reader = ({ keyType, valueType }) => ({ entry: { key: zodPlace(keyType), value: zodPlace(valueType) } })

const set: Reader = ({ valueType }) => ({ item: () => zodPlace(valueType) })

const inner: Reader = ({ innerType, type }) => ({ choose: () => [zodPlace(innerType ?? type)] })

const union: Reader = ({ options, discriminator }) => ({
  choose(value) {
    const all = options instanceof Map ? [...(options as Map<unknown, unknown>).values()] : (options as readonly unknown[])
    const one = all.find((option) => typeof discriminator === 'string' && isDiscriminated(option, discriminator, value))
    return (one ? [one] : all).map(zodPlace)
  },
})

const intersection: Reader = ({ left, right }) => ({ choose: () => [left, right].map(zodPlace) })

const lazy: Reader = ({ getter }) => ({ choose: () => [zodPlace((getter as () => unknown)())] })

/** A transform or a codec makes another value, perhaps in order to hide the input. */
const pipe: Reader = ({ in: from, out, transform }) => {
  const changes = transform !== undefined || [from, out].some((part) => kindOf(definitionOf(part) ?? {}) === 'transform')
  return changes ? 'nothing' : { choose: () => [zodPlace(out)] }
}

const effects: Reader = ({ effect, schema }) =>
  (effect as { readonly type?: unknown } | undefined)?.type === 'refinement' ? { choose: () => [zodPlace(schema)] } : 'nothing'

const scalars =
  'string number int bigint boolean date enum nativeenum literal null undefined void nan template_literal file symbol'.split(' ')

const plainPlaces: Readonly<Record<string, NamedPlace>> = {
  ...Object.fromEntries(scalars.map((kind) => [kind, 'scalar' as const])),
  // They return the input unchanged.
  any: 'anything',
  unknown: 'anything',
  custom: 'anything',
}

const readers: Readonly<Record<string, Reader>> = {
  object,
  record,
  array,
  tuple,
  map,
  set,
  union,
  intersection,
  lazy,
  pipe,
  pipeline: pipe,
  effects,
  optional: inner,
  nullable: inner,
  nonoptional: inner,
  readonly: inner,
  default: inner,
  prefault: inner,
  branded: inner,
}

/** The schema for all other members. A `never`, as in a strict object, names none. */
function restOf(schema: unknown): (() => NamedPlace) | undefined {
  const definition = definitionOf(schema)
  return definition && kindOf(definition) !== 'never' ? () => zodPlace(schema) : undefined
}

function isDiscriminated(option: unknown, discriminator: string, value: unknown): boolean {
  const definition = definitionOf(option)
  if (typeof value !== 'object' || value === null || !definition || kindOf(definition) !== 'object') return false
  const shape = (typeof definition['shape'] === 'function' ? definition['shape']() : definition['shape']) as object
  const tag = definitionOf(Object.getOwnPropertyDescriptor(shape, discriminator)?.value)
  const given = Object.getOwnPropertyDescriptor(value, discriminator)?.value as unknown
  const tags = [tag?.['values'], tag?.['value'], tag?.['entries']].flatMap((values) =>
    typeof values === 'object' && values !== null ? Object.values(values) : [values],
  )
  return given !== undefined && tags.includes(given)
}
