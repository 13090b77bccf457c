import { spawn } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

// The real build, of a repository with two pages.

const site = fileURLToPath(new URL('..', import.meta.url))
const map = '# Documentation\n\n## Start\n\n- [Home](../README.md#home): the first page.\n'

test.concurrent.each([
  ['no dead link', 'See [the map](docs/README.md#start), [a page](docs) and [a source](docs/a.json).', 0, 'build complete'],
  ['a dead page', 'See [the map](docs/MISSING.md).', 1, "README.md links to 'docs/MISSING.md', which does not exist."],
  ['a dead anchor', 'See [the map](docs/README.md#end).', 1, "/index.html links to '/docs/#end'"],
])('the build of a site with %s reports it by its exit code', async (_, text, code, message) => {
  await using repository = await repositoryWith({
    'package.json': '{}\n',
    'README.md': `# Home\n\n${text}\n`,
    'docs/README.md': map,
    'docs/a.json': '{}\n',
  })
  expect(await build(repository.root)).toEqual({ code, output: expect.stringContaining(message) })
})

async function repositoryWith(files: Readonly<Record<string, string>>): Promise<AsyncDisposable & { readonly root: string }> {
  const root = await mkdtemp(join(tmpdir(), 'audit-site-'))
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
  for (const part of ['.vitepress/config.ts', 'package.json', 'source', 'src'])
    await cp(join(site, part), join(root, 'apps/site', part), { recursive: true })
  await symlink(join(site, 'node_modules'), join(root, 'apps/site/node_modules'), 'junction')
  return { root, [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }) }
}

function build(root: string): Promise<{ readonly code: number | null; readonly output: string }> {
  const program = join(site, 'node_modules/vitepress/bin/vitepress.js')
  const child = spawn(process.execPath, [program, 'build', join(root, 'apps/site')], { cwd: root })
  const chunks: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, output: Buffer.concat(chunks).toString() }))
  })
}
