import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'

// The unchanged examples of the READMEs: they compile, and the comments in core's are true.

const root = fileURLToPath(new URL('../../..', import.meta.url))
// Inside the demo's folder, where packages are found by their names as in an application.
const folder = mkdtempSync(join(root, 'apps/demo/.guide-'))
afterAll(() => rmSync(folder, { recursive: true }))

const pages = { main: 'README.md', core: 'packages/core/README.md' }
for (const [name, page] of Object.entries(pages)) writeFileSync(join(folder, `${name}.ts`), examplesOf(page)[0]!)
for (const name of ['config', 'flipt', 'sink-file', 'sink-webhook', 'webhook-signature']) {
  const examples = examplesOf(`packages/${name}/README.md`)
  for (const [index, code] of examples.entries()) writeFileSync(join(folder, `${name}-${index}.ts`), code)
}
// The imports that the examples of the sinks make from their application.
cpSync(join(root, 'apps/demo/src/audit-events.ts'), join(folder, 'audit-events.ts'))

function examplesOf(page: string): readonly string[] {
  const examples = [...readFileSync(join(root, page), 'utf8').matchAll(/^```ts\n(.*?)^```/gms)].map(([, code]) => code!)
  if (examples.length === 0) throw new Error(`${page} has no example.`)
  return examples
}

function node(...args: string[]) {
  return spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' })
}

test('the examples of the READMEs compile', () => {
  cpSync(join(root, 'tsconfig.base.json'), join(folder, 'tsconfig.base.json'))
  const compilerOptions = { noEmit: true, isolatedDeclarations: false }
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: './tsconfig.base.json', compilerOptions, include: ['*.ts'] }),
  )
  const { stdout, status } = node(join(root, 'node_modules/typescript/bin/tsc'), '-p', '.')
  expect([stdout, status]).toEqual(['', 0])
})

test('the example of core records what its comments show', () => {
  const { stdout, stderr, status } = node('core.ts')
  expect(status, stderr).toBe(0)
  const written = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; action: string; status: string })
  const told = written
    .filter(({ type }) => type !== 'audit')
    .map(({ type, action, status: outcome }) => `${type}:${action} ${outcome}`)
  expect(told).toEqual(['flag:created success', 'flag:deleted attempted', 'flag:deleted success', 'flag:deleted denied'])
})
