import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeProject, packAll, run, workspace } from './packed-project.ts'

// The test kit with every major version of vitest, Jest and fast-check in the peers of @audit/core: npm installs them together,
// and the matchers have types without `skipLibCheck`, and work.

const generations = [
  { vitest: 3, jest: 28, 'fast-check': 3, typescript: '5.4' },
  { vitest: 4, jest: 29, 'fast-check': 4, typescript: '5.9' },
  { vitest: 5, jest: 30, 'fast-check': 4, typescript: '7' },
] as const

const folders: string[] = []
let tarballs: readonly string[]
beforeAll(async () => {
  const { folder, packed } = await packAll()
  folders.push(folder)
  tarballs = packed.filter(({ manifest }) => /^@audit\/(core|proof)$/.test(manifest.name)).map(({ tarball }) => tarball)
})
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

const versionOf = (project: string, name: string) =>
  (JSON.parse(readFileSync(join(project, 'node_modules', name, 'package.json'), 'utf8')) as { version: string }).version

test('every major version in the peers is tested', () => {
  const { peerDependencies } = JSON.parse(readFileSync(join(workspace, 'packages/core/package.json'), 'utf8')) as {
    peerDependencies: Record<string, string>
  }
  const tried = (versions: readonly number[]) => [...new Set(versions)].map((major) => `^${major}.0.0`).join(' || ')
  expect(peerDependencies).toEqual({
    expect: tried(generations.map(({ jest }) => jest)),
    'fast-check': tried(generations.map((generation) => generation['fast-check'])),
    vitest: tried(generations.map(({ vitest }) => vitest)),
  })
})

describe.each(generations)('vitest $vitest, Jest $jest', (generation) => {
  let project: string
  beforeAll(async () => {
    const { vitest, jest, typescript } = generation
    const others = [`@types/jest@${jest}`, 'zod@4', '@types/node@24', `typescript@${typescript}`]
    const tools = [`vitest@${vitest}`, `jest@${jest}`, `fast-check@${generation['fast-check']}`]
    project = await makeProject(tarballs, [...tools, ...others])
    folders.push(project)
  })
  const node = (path: string, ...args: string[]) => run(process.execPath, [join('node_modules', path), ...args], project)

  test('npm installed these versions', () => {
    for (const name of ['vitest', 'jest', 'fast-check'] as const)
      expect(versionOf(project, name)).toMatch(new RegExp(`^${generation[name]}\\.`))
    expect(versionOf(project, 'expect')).toMatch(new RegExp(`^${generation.jest}\\.`))
  })

  test('the matchers work in vitest', () => node('vitest/vitest.mjs', 'run', 'vitest.spec.mjs'))
  test('the matchers work in Jest', () => node('jest/bin/jest.js', '--ci', '--runTestsByPath', 'jest-matchers.spec.js'))
  test('the arbitraries of the test kit work', () => run(process.execPath, ['arbitraries.mjs'], project))

  test('a program for es2021 whose settings name no types compiles', async () => {
    const compilerOptions = { module: 'nodenext', target: 'es2021', strict: true, noEmit: true, types: [], skipLibCheck: false }
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['types-without-node.mts'] }))
    await node('typescript/bin/tsc', '-p', '.')
  })

  // Jest 28 declares its matchers with other type parameters, so they work there without types.
  const typed = generation.jest === 28 ? ['types-vitest.cts'] : ['types-vitest.cts', 'types-jest.cts']
  test.each(typed)('%s compiles as CommonJS', async (file) => {
    const types = file === 'types-jest.cts' ? ['node', 'jest'] : ['node']
    const compilerOptions = { module: 'nodenext', target: 'es2022', strict: true, noEmit: true, types, skipLibCheck: false }
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [file] }))
    const said = await node('typescript/bin/tsc', '-p', '.').catch(String)
    // The declarations of the other packages may have errors themselves.
    expect(said.split('\n').filter((line) => /^(types-|node_modules\/@audit)/.test(line))).toEqual([])
    expect(said).not.toContain(`error TS5`)
  })
})
