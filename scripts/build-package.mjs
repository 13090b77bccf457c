// Builds the package it is started in: each entry of its `exports` and `bin` becomes a file in `dist` with the same path as its source
// (`dist/sink/index.js` is `src/sink/index.ts`), and what entries share becomes chunks. Why so: docs/decisions/2026-11-30-bundled-dist.md.
import { existsSync, readFileSync } from 'node:fs'
import { build } from 'tsdown'
import {
  chunks,
  declarationImports,
  esmWrappers,
  lazyImports,
  lineMaps,
  referenceLibraries,
  requireWhenUsed,
} from './build-plugins.mjs'

const manifest = JSON.parse(readFileSync('package.json', 'utf8'))
const { dependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} } = manifest
const requiredPeers = Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta[name]?.optional)
const isOwn = (name) => name.startsWith('@audit/')

/**
 * A package that needs only packages of this repository has its code once, as CommonJS, with ES modules that export it. So a class
 * is the same class for ES modules and for CommonJS. The other packages have it twice: CommonJS would load a second zod.
 */
const isOneCopy = [...Object.keys(dependencies), ...requiredPeers].every(isOwn)

const withoutEnding = (path) => path.replace(/^\.\/dist\/|\.c?js$/g, '')
const exported = Object.values(manifest.exports).flatMap((conditions) => conditions.require?.default ?? [])
const programs = Object.values(manifest.bin ?? {}).map(withoutEnding)
/** Programs of worker threads, which are files of their own and not exported. */
const workers = Object.values(manifest.imports ?? {}).map(withoutEnding)
const entries = [...exported.map(withoutEnding), ...programs, ...workers]
/**
 * Built as ES modules too: vitest cannot be required, and the arbitraries of one kind of fast-check have other types than those of
 * the other. They keep no state and test no classes, so a second copy of what they import does no harm.
 */
const asEsmToo = isOneCopy ? entries.filter((entry) => /^testing\/(vitest|arbitraries\/index)$/.test(entry)) : []

const options = {
  config: false,
  dts: { oxc: {}, sourcemap: false },
  fixedExtension: false,
  hash: false,
  logLevel: 'warn',
  platform: 'node',
  sourcemap: true,
  target: 'es2023',
  tsconfig: existsSync('tsconfig.build.json') ? 'tsconfig.build.json' : '../../tsconfig.base.json',
  // Packages stay outside. The helpers of compiled decorators come from the bundler itself.
  deps: { neverBundle: /^(?![./\0]|[A-Z]:|@oxc-project\/runtime\/)/i },
  outputOptions: (output) => ({
    ...output,
    // Types keep the comments of what they declare; a reader of the code has the repository.
    comments: false,
    dynamicImportInCjs: false,
    sourcemapExcludeSources: true,
    codeSplitting: { groups: chunks(entries) },
  }),
}
const sources = (names) => Object.fromEntries(names.map((name) => [name, `./src/${name}.ts`]))

await build({
  ...options,
  entry: sources(entries),
  format: isOneCopy ? ['cjs'] : ['esm', 'cjs'],
  plugins: [
    declarationImports(),
    ...(isOneCopy ? [lazyImports(), esmWrappers({ except: [...asEsmToo, ...programs, ...workers] })] : []),
  ],
})
if (asEsmToo.length > 0) await build({ ...options, clean: false, entry: sources(asEsmToo), format: ['esm'] })
lineMaps('dist')
referenceLibraries('dist')
if (isOneCopy) requireWhenUsed('dist')
