/**
 * The part of the Standard Schema interface (standardschema.dev) that is used here, so that zod, Valibot, ArkType and others fit
 * without an adapter and none of them is a dependency. Only synchronous schemas can be used.
 */
export interface Schema<Input = any, Output = any> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown, ...rest: any[]) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    /** Standard JSON Schema (standardschema.dev/json-schema): which members the schema names. */
    readonly jsonSchema?: {
      readonly input: (options: any) => Record<string, unknown>
      readonly output: (options: any) => Record<string, unknown>
    }
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }

export interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** The place of an issue in the value, as plain keys. */
export function pathOf(issue: SchemaIssue): readonly PropertyKey[] {
  return (issue.path ?? []).map((part) => (typeof part === 'object' ? part.key : part))
}

/** The type that the caller passes: before defaults and coercion. */
export type InputOf<S> = S extends Schema ? NonNullable<S['~standard']['types']>['input'] : never

/** The type that the schema returns: after defaults and coercion. */
export type OutputOf<S> = S extends Schema ? NonNullable<S['~standard']['types']>['output'] : never

export function isSchema(value: unknown): value is Schema {
  return (typeof value === 'object' || typeof value === 'function') && value !== null && '~standard' in value
}

/** For events without a payload: it is `null` or left out. */
export const noPayload: Schema<null | undefined, null> = {
  '~standard': {
    version: 1,
    vendor: '@audit/core',
    validate: (value) =>
      value === null || value === undefined ? { value: null } : { issues: [{ message: 'This event takes no payload.' }] },
  },
}
