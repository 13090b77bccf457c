// Writes audit.schema.json, for editors. A test fails while the file is not what this would write.
import { writeFileSync } from 'node:fs'
import { schemaText } from '../src/schema/schema-text.ts'

writeFileSync(new URL('../audit.schema.json', import.meta.url), schemaText())
