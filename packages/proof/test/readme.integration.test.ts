import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'

test('runs the first example of the README unchanged', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const example = readme
    .split('```ts\n')[1]!
    .split('```')[0]!
    .replace("'@audit/proof'", JSON.stringify(new URL('../src/index.ts', import.meta.url).href))
  const folder = mkdtempSync(join(tmpdir(), 'audit-proof-readme-'))
  const program = join(folder, 'example.ts')
  writeFileSync(program, `const lines = ['one', 'two']\n${example}\nconsole.log(openCheckpoint(checkpoint, trusted).size)\n`)
  const { stdout, stderr } = spawnSync(process.execPath, [program], { encoding: 'utf8' })
  rmSync(folder, { recursive: true })
  expect([stdout, stderr]).toEqual(['2\n', ''])
})
