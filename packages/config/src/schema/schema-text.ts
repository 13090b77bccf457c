import { configJsonSchema } from './schema-keys.ts'

/** The JSON schema as the package publishes it. */
export function schemaText(): string {
  return `${JSON.stringify(configJsonSchema(), null, 2)}\n`
}
