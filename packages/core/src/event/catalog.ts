import { AuditError } from '../errors.ts'
import type { FailMode } from './event.ts'
import { isSchema, type InputOf, type OutputOf, type Schema } from './schema.ts'

/** The definition of one event, if the schema of its payload is not enough. */
export interface EventOptions<S = Schema> {
  readonly payload: S
  /** `closed`: rejects the caller if the event cannot be recorded. Default: the `failMode` of the audit. */
  readonly failMode?: FailMode
  /** Returns the id of the target from a payload. Its type is the noun. */
  readonly target?: (payload: OutputOf<S>) => string | undefined
  /** JSON pointers into the payload whose values are never stored; `*` stands for any one key or index. */
  readonly redact?: readonly string[]
  /** Rejects a payload that does not fit its schema, instead of recording it as invalid. Default: only for `closed` events. */
  readonly strict?: boolean
}

/** The payload's schema for each noun and verb. */
export type Schemas = { readonly [noun: string]: { readonly [verb: string]: Schema } }

/** Input of `defineEvents`: nouns, their verbs in the past tense, and a schema or a definition for each. */
export type Definitions<S = Schemas> = {
  readonly [N in keyof S]: { readonly [V in keyof S[N]]: S[N][V] | EventOptions<S[N][V]> }
}

type Capital =
  | 'A'
  | 'B'
  | 'C'
  | 'D'
  | 'E'
  | 'F'
  | 'G'
  | 'H'
  | 'I'
  | 'J'
  | 'K'
  | 'L'
  | 'M'
  | 'N'
  | 'O'
  | 'P'
  | 'Q'
  | 'R'
  | 'S'
  | 'T'
  | 'U'
  | 'V'
  | 'W'
  | 'X'
  | 'Y'
  | 'Z'
type WithCapital = `${string}${Capital}${string}`

/** Nouns that are not allowed, with the reason where the compiler shows it. */
interface Nouns {
  readonly audit?: "The noun 'audit' is reserved for the library's own events."
  readonly [noun: WithCapital]: 'Nouns are lower-case.'
}

/** The same for verbs. */
interface Verbs {
  readonly [verb: WithCapital]: 'Verbs are lower-case.'
  readonly [verb: Lowercase<string>]: unknown
}

/** The nouns and verbs of a catalog that are not allowed. */
type WrongNames<S> = {
  [N in keyof S]: N extends 'audit' | WithCapital ? N : { [V in keyof S[N]]: V extends WithCapital ? V : never }[keyof S[N]]
}[keyof S]

/**
 * Shows the reason at the key of a wrong name. Only then, because compilers before 5.7 find no type for the parameter of a target
 * function beside an index signature.
 */
type Named<S> = [WrongNames<S>] extends [never] ? unknown : Nouns & { readonly [noun: string]: Verbs }

/** One event of a catalog, with all defaults that do not depend on the audit. */
export interface EventDefinition {
  readonly name: string
  readonly type: string
  readonly action: string
  readonly payload: Schema
  readonly failMode: FailMode | undefined
  readonly target: ((payload: any) => string | undefined) | undefined
  readonly redact: readonly string[]
  readonly strict: boolean | undefined
}

/** The events an application may record. `E` maps each name to its payload's schema; it exists for the compiler alone. */
export interface Catalog<in out E = Record<string, Schema>> {
  readonly definitions: ReadonlyMap<string, EventDefinition>
  /** Never set at run time. */
  readonly schemas?: (events: E) => E
}

/** Any catalog, whatever its events. */
export type AnyCatalog = Catalog<any>

/** One key per name, so that the compiler's look-ups stay property accesses. */
type Flat<S> = {
  [P in { [N in keyof S & string]: `${N}:${keyof S[N] & string}` }[keyof S & string]]: P extends `${infer N}:${infer V}`
    ? N extends keyof S
      ? V extends keyof S[N]
        ? S[N][V]
        : never
      : never
    : never
}

type SchemasOf<C> = C extends Catalog<infer E> ? E : never
type Merged<C extends readonly unknown[]> = C extends readonly [infer First, ...infer Rest]
  ? SchemasOf<First> & Merged<Rest>
  : unknown

export type EventName<C> = C extends Catalog<infer E> ? keyof E & string : never
export type PayloadInput<C, N> = C extends Catalog<infer E> ? (N extends keyof E ? InputOf<E[N]> : never) : never

type DefinitionsAtRunTime = { readonly [noun: string]: { readonly [verb: string]: Schema | EventOptions } }

const PART = /^[a-z][a-z0-9-]{0,63}$/

/** Merges catalogs. Throws `AUDIT_INVALID_CATALOG` when a name is defined twice. */
export function defineEvents<const C extends readonly AnyCatalog[]>(
  ...catalogs: C
): Catalog<{ [N in keyof Merged<C>]: Merged<C>[N] }>
/**
 * Declares the events that can be recorded: `defineEvents({ flag: { created: z.object({ … }) } })` for the event `flag:created`.
 * Throws `AUDIT_INVALID_CATALOG`, listing every problem.
 */
// The last overload is the one whose errors the compiler shows, at the key that is wrong.
export function defineEvents<const S extends Schemas>(definitions: Definitions<S> & Named<S>): Catalog<Flat<S>>
export function defineEvents(...parts: readonly unknown[]): AnyCatalog {
  const problems: string[] = []
  const definitions = new Map<string, EventDefinition>()
  for (const part of parts) {
    const found = isCatalog(part) ? part.definitions.values() : eventsOf(part as DefinitionsAtRunTime, problems)
    for (const definition of found) {
      if (definitions.has(definition.name)) problems.push(`'${definition.name}' is defined twice.`)
      definitions.set(definition.name, definition)
    }
  }
  if (definitions.size === 0 && problems.length === 0) problems.push('It defines no event.')
  if (problems.length > 0) throw new AuditError('AUDIT_INVALID_CATALOG', `The catalog of events is wrong. ${problems.join(' ')}`)
  return { definitions }
}

export function isCatalog(value: unknown): value is AnyCatalog {
  return typeof value === 'object' && value !== null && (value as AnyCatalog).definitions instanceof Map
}

function* eventsOf(definitions: DefinitionsAtRunTime, problems: string[]): Generator<EventDefinition> {
  for (const [type, verbs] of Object.entries(definitions)) {
    if (type === 'audit') problems.push("The noun 'audit' is reserved for the library's own events.")
    else if (!PART.test(type)) problems.push(`'${type}' is not a valid noun: use lower-case letters, digits and '-', at most 64.`)
    for (const [action, definition] of Object.entries(verbs)) {
      const name = `${type}:${action}`
      if (!PART.test(action))
        problems.push(`'${name}': '${action}' is not a valid verb: use lower-case letters, digits and '-', at most 64.`)
      const options = isSchema(definition) ? { payload: definition } : definition
      if (!isSchema(options?.payload)) {
        problems.push(`'${name}' has no schema: give a Standard Schema, { payload: schema }, or noPayload.`)
        continue
      }
      for (const pointer of options.redact ?? []) {
        if (!pointer.startsWith('/'))
          problems.push(`'${name}': redact '${pointer}' is not a JSON pointer; did you mean '/${pointer}'?`)
      }
      yield {
        name,
        type,
        action,
        payload: options.payload,
        failMode: options.failMode,
        target: options.target,
        redact: options.redact ?? [],
        strict: options.strict,
      }
    }
  }
}
