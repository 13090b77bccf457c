// Builds the package it is started in, twice: `dist/esm` and `dist/commonjs`, from nothing, so that no file outlives its source.
import { spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const compiler = createRequire(import.meta.url)
  .resolve('typescript/package.json')
  .replace(/package\.json$/, 'bin/tsc')

rmSync('dist', { recursive: true, force: true })
for (const project of ['tsconfig.build.json', 'tsconfig.commonjs.json']) {
  const { status } = spawnSync(process.execPath, [compiler, '-p', project], { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
// Tells Node and TypeScript that the folder holds CommonJS although the package is ESM.
writeFileSync('dist/commonjs/package.json', '{ "type": "commonjs" }\n')
