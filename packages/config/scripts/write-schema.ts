// Writes audit.schema.json, for editors. A test fails if the file is out of date.
import { writeFileSync } from 'node:fs'
import { schemaText } from '../src/schema/schema-text.ts'

writeFileSync(new URL('../audit.schema.json', import.meta.url), schemaText())
