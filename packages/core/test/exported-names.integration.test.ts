import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { workspace } from './packed-project.ts'

interface Manifest {
  readonly name: string
  readonly private?: boolean
  readonly exports: { readonly [entry: string]: string | { readonly require: { readonly types: string } } }
}

const UPDATE = 'pnpm exec vitest run --project integration exported-names -u'

/** The names of every entry of every package, as the built declarations have them. */
const entries = globSync('packages/*/package.json', { cwd: workspace })
  .toSorted()
  .map((path) => ({ folder: join(workspace, path, '..'), manifest: read<Manifest>(join(workspace, path)) }))
  .filter(({ manifest }) => manifest.private !== true)
  .flatMap(({ folder, manifest }) =>
    Object.entries(manifest.exports).flatMap(([entry, conditions]) =>
      typeof conditions === 'string'
        ? []
        : [{ entry: join(manifest.name, entry), names: namesIn(readFileSync(join(folder, conditions.require.types), 'utf8')) }],
    ),
  )

function read<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T
}

/** The bundler writes `export declare function ask(…)`, and lists such as `export { createAudit, type Audit, A as B }`. */
function namesIn(declarations: string): readonly string[] {
  if (declarations.includes('export *')) throw new Error(`Its names are elsewhere: ${declarations}`)
  const listed = [...declarations.matchAll(/^export (type )?\{([^}]*)\}/gm)].flatMap(([, type = '', list]) =>
    list!
      .split(',')
      .map((name) => name.trim().replace(/[\w$]+ as /, ''))
      .filter((name) => name !== '')
      .map((name) => type + name),
  )
  const declared = [
    ...declarations.matchAll(/^export (?:declare )?(?:abstract )?(class|const|enum|function|interface|let|type|var) ([\w$]+)/gm),
  ].map(([, kind, name]) => (kind === 'type' || kind === 'interface' ? `type ${name}` : name!))
  return [...listed, ...declared].toSorted()
}

test('each entry exports the names that exported-names.txt lists', async () => {
  const list = entries.map(
    ({ entry, names }) => `${entry}, ${names.length} names\n${names.map((name) => `  ${name}\n`).join('')}`,
  )
  await expect(list.join('\n'), `If the change is intended, run '${UPDATE}' and commit the list.`).toMatchFileSnapshot(
    'exported-names.txt',
  )
})

test('applications need to know at most 50 names of core', () => {
  expect(entries.find(({ entry }) => entry === '@audit/core')?.names.length).toBeLessThanOrEqual(50)
})
