import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'

// The guide's code is taken from the page and run unchanged.

const root = fileURLToPath(new URL('../../..', import.meta.url))
// Inside the demo's folder, where packages are found by their names as in an application.
const folder = mkdtempSync(join(root, 'apps/demo/.guide-'))
afterAll(() => rmSync(folder, { recursive: true }))

// A test runner started by a test runner must not consider itself a part of it.
const cleanEnvironment = Object.fromEntries(Object.entries(process.env).filter(([key]) => !/^(VITEST|TEST$|NODE_ENV$)/.test(key)))

const page = readFileSync(join(root, 'docs/guides/write-a-sink.md'), 'utf8')
const files = [...page.matchAll(/^```ts\n\/\/ (\S+)\n(.*?)^```/gms)].map(([, name, code]) => ({ name: name!, code: code! }))

function runGuide(change: (code: string) => string = (code) => code) {
  const copy = join(folder, `run-${Math.random().toString(36).slice(2)}`)
  mkdirSync(copy)
  for (const { name, code } of files) writeFileSync(join(copy, name), change(code))
  cpSync(join(root, 'tsconfig.base.json'), join(copy, 'tsconfig.base.json'))
  writeFileSync(
    join(copy, 'tsconfig.json'),
    JSON.stringify({
      extends: './tsconfig.base.json',
      compilerOptions: { noEmit: true, isolatedDeclarations: false },
      include: ['*.ts'],
    }),
  )
  const tool = (name: string, ...args: string[]) =>
    spawnSync(process.execPath, [join(root, 'node_modules', name), ...args], {
      cwd: copy,
      encoding: 'utf8',
      env: cleanEnvironment,
    })
  return {
    types: () => tool('typescript/bin/tsc', '-p', '.'),
    tests() {
      tool('vitest/vitest.mjs', 'run', '--root', copy, '--reporter=json', '--outputFile=result.json')
      return JSON.parse(readFileSync(join(copy, 'result.json'), 'utf8')) as { numPassedTests: number; numFailedTests: number }
    },
  }
}

test('the guide has a sink and its test', () => {
  expect(files.map(({ name }) => name)).toEqual([
    'collector-sink.ts',
    'classify-answer.ts',
    'collector-sink-options.ts',
    'collector-sink.test.ts',
  ])
})

test("the guide's sink compiles and keeps every rule", () => {
  const guide = runGuide()
  expect(guide.types().stdout).toBe('')
  const { numPassedTests, numFailedTests } = guide.tests()
  expect(numFailedTests).toBe(0)
  expect(numPassedTests).toBeGreaterThanOrEqual(18)
})

test('the same sink breaks rules if it swallows its errors', () => {
  const { numFailedTests } = runGuide((code) => code.replace('throw classifyAnswer(response, answer)', 'return')).tests()
  expect(numFailedTests).toBeGreaterThanOrEqual(3)
})
