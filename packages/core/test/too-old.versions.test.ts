import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeProject, packAll, run } from './packed-project.ts'

// What is too old is refused with a sentence that says so, even where it was installed against the peers.

const folders: string[] = []
let tarballs: readonly string[]
beforeAll(async () => {
  const { folder, packed } = await packAll()
  folders.push(folder)
  tarballs = packed.map(({ tarball }) => tarball)
})
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

async function projectWith(...packages: string[]): Promise<string> {
  const project = await makeProject(tarballs, ['--legacy-peer-deps', ...packages])
  folders.push(project)
  return project
}

test.each([26, 27])('Jest %i', async (major) => {
  const project = await projectWith(`jest@${major}`)
  for (const name of ['@audit/core', '@audit/core/testing', '@audit/core/testing/jest', '@audit/sink-file']) {
    writeFileSync(join(project, 'old.spec.js'), `test('loads', () => void require('${name}'))`)
    const ended = run(process.execPath, ['node_modules/jest/bin/jest.js', '--ci', '-c', '{}', 'old.spec.js'], project)
    await expect(ended, name).rejects.toThrow('Use Jest 28 or later')
  }
})

test('Nest 10', async () => {
  const frameworks = ['common', 'core', 'platform-express'].map((name) => `@nestjs/${name}@10`)
  const project = await projectWith(...frameworks, 'reflect-metadata@0.2', 'rxjs@7')
  await expect(run(process.execPath, ['nest.cjs'], project)).rejects.toThrow('Use NestJS 11 or 12.')
})

describe('Node 20', () => {
  let project: string
  beforeAll(async () => {
    project = await projectWith('koa@3', '@koa/router@15', 'zod@4')
  })
  const old = (...args: string[]) => run('npx', ['--yes', 'node@20', ...args], project)

  test('is Node 20', async () => expect(await old('-v')).toMatch(/^v20\./m))
  test.each([
    ['an ESM program', ['esm.mjs']],
    ['a CommonJS program', ['commonjs.cjs']],
    ['the webhook sink', ['-e', "require('@audit/sink-webhook')"]],
    ['the command', ['node_modules/@audit/cli/dist/main.cjs', 'status']],
  ])('%s', async (_, args) => {
    await expect(old(...args)).rejects.toThrow(/Node 20\.[\d.]+ is too old\. Use Node 22\.19 or later\./)
  })
})
