// What build-package.mjs does with a bundle besides bundling.
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decode, encode } from '@jridgewell/sourcemap-codec'

/** What becomes a chunk by rule. Other modules that several entries import become chunks by themselves. */
export function chunks(entries) {
  // Runs before the imports of packages only if it is a file.
  const first = { name: 'supported-node', test: /\/sink-webhook\/src\/supported-node\.ts$/ }
  // Everything that the main entry imports, so that `import` of a package reads two files.
  const core = { debugName: 'core', name: coreChunk() }
  return entries.length > 1 ? [first, core] : [first]
}

function coreChunk() {
  let inMain
  return (id, context) => {
    inMain ??= reachableFrom([`${process.cwd()}/src/index.ts`, `${process.cwd()}/src/index.d.ts`], context)
    if (inMain.has(id)) return id.endsWith('.d.ts') ? 'core.d' : 'core'
    // One file for what reads logs: the journal and the command need it.
    return /\/core\/src\/(log-format|trail)\/.*(?<!index|\.d)\.ts$/.test(id) ? 'logs' : null
  }
}

/** Declarations are modules of their own. */
function reachableFrom(modules, context) {
  const seen = new Set()
  const visit = (module) => {
    if (seen.has(module)) return
    seen.add(module)
    for (const next of context.getModuleInfo(module)?.importedIds ?? []) visit(next)
  }
  for (const module of modules) visit(module)
  return seen
}

/** Beside each entry, an ES module that exports the names of the CommonJS one. */
export function esmWrappers({ except }) {
  return {
    name: 'esm-wrappers',
    generateBundle(_, bundle) {
      for (const { type, isEntry, fileName, name, exports } of Object.values(bundle)) {
        if (type !== 'chunk' || !isEntry || !fileName.endsWith('.cjs') || except.includes(name)) continue
        const file = `./${fileName.split('/').at(-1)}`
        const emit = (ending, source) => this.emitFile({ type: 'asset', fileName: fileName.replace(/\.cjs$/, ending), source })
        emit('.d.ts', `export * from '${file}'\n`)
        emit('.js', `export { ${exports.join(', ')} } from '${file}'\n`)
      }
    },
  }
}

/**
 * Removes imports without names from declarations. They are left of imports whose types an entry does not use, and an optional peer
 * need not be installed.
 */
export function declarationImports() {
  return {
    name: 'declaration-imports',
    generateBundle(_, bundle) {
      for (const chunk of Object.values(bundle))
        if (chunk.type === 'chunk' && /\.d\.c?ts$/.test(chunk.fileName))
          chunk.code = chunk.code.replaceAll(/^import "[^"]+";\n/gm, '')
    },
  }
}

/** Keeps one position for each line of code, which is enough for stack traces, and a fifth of the size. */
export function lineMaps(folder) {
  for (const path of globSync('**/*.map', { cwd: folder })) {
    const file = join(folder, path)
    const { version, sources, mappings } = JSON.parse(readFileSync(file, 'utf8'))
    const lines = decode(mappings).map(([first]) => (first ? [first.slice(0, 4)] : []))
    writeFileSync(file, JSON.stringify({ version, sources, mappings: encode(lines) }))
  }
}

/**
 * Makes `on-disk.ts` import what it calls when it calls it, which gives that code a chunk of its own. `requireWhenUsed` makes these
 * imports synchronous, as CommonJS can be.
 */
export function lazyImports() {
  const found = /^import \{ (\w+) as (\w+) \} from ('[^']+')$/gm
  return {
    name: 'lazy-imports',
    transform: {
      filter: { id: /\/core\/src\/(file-journal|trail)\/on-disk\.ts$/ },
      handler: (code) => ({
        code: code.replaceAll(found, 'const $2 = (...given: any[]) => (import($3) as any).$1(...given)'),
        map: null,
      }),
    },
  }
}

/**
 * Requires Node's own modules and packages when they are used, so that an import does not pay for what a program may never use.
 * Node's own with `getBuiltinModule`: esbuild makes a `require` that throws of each one inside ES modules.
 */
export function requireWhenUsed(folder) {
  for (const path of globSync('**/*.cjs', { cwd: folder })) {
    const file = join(folder, path)
    let code = readFileSync(file, 'utf8')
    code = code.replaceAll(
      /Promise\.resolve\(\)\.then\(\(\) => (require\("\.[^"]+"\))\)(?:\.then\(\((\w+)\) => \2(\.\w+)\))?(\.\w+\(\.\.\.given\))/g,
      (_, required, __, namespace = '', call) => required + namespace + call,
    )
    code = code.replaceAll(/\brequire\(("node:[a-z_/]+")\)/g, 'process.getBuiltinModule($1)')
    const declaration = /^let (\w+) = ((?:process\.getBuiltinModule|require)\("[^."][^"]*"\));$/gm
    for (const [whole, name, loaded] of code.matchAll(declaration)) {
      const uses = code.split(new RegExp(`(?<![\\w$])${name}(?![\\w$])`)).slice(2)
      // The bundler converts a default import where it is declared, so that one cannot wait.
      if (!uses.every((after) => after.startsWith('.'))) continue
      const lazy = `let ${name}$loaded; const ${name}$ = { get now() { return (${name}$loaded ??= ${loaded}); } };`
      code = code.replaceAll(new RegExp(`(?<![\\w$])${name}\\.`, 'g'), () => `${name}$.now.`).replace(whole, () => lazy)
    }
    writeFileSync(file, code)
  }
}

/** Bundling drops the `reference` of a source. Without it, a program whose settings name no such library cannot read the types. */
export function referenceLibraries(folder) {
  for (const path of globSync('**/*.d.{ts,cts}', { cwd: folder })) {
    const file = join(folder, path)
    const types = readFileSync(file, 'utf8')
    if (!/\basyncDispose|\bAsyncDisposable/.test(types)) continue
    writeFileSync(file, `/// <reference lib="esnext.disposable" preserve="true" />\n${types}`)
  }
}
