// Tells Node and TypeScript that the folder holds CommonJS although the package is ESM.
import { writeFileSync } from 'node:fs'

const [folder] = process.argv.slice(2)
writeFileSync(`${folder}/package.json`, '{ "type": "commonjs" }\n')
