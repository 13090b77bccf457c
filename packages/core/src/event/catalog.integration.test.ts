import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'

// The cost of typed names for a large application: 300 events of 7 members each, 240 calls, checked by the installed compiler.

const core = fileURLToPath(new URL('../..', import.meta.url))
mkdirSync(join(core, 'node_modules'), { recursive: true })
// Inside the package, so that zod, its types and those of Node are found.
const folder = mkdtempSync(join(core, 'node_modules', 'large-catalog-'))
afterAll(() => rmSync(folder, { recursive: true }))

const nouns = Array.from({ length: 60 }, (_, index) => `noun-${index}`)
const verbs = ['created', 'updated', 'deleted', 'shared', 'archived']

/** Every fifth event is written with options, one of them typed by the payload next to it. */
const definitionOf = (noun: string, verb: string) => {
  const schema = `z.object({
      key: z.string(), name: z.string().optional(), '${noun}': z.number(), enabled: z.boolean().default(true),
      tags: z.array(z.string()), owner: z.object({ id: z.string(), team: z.string() }), kind: z.enum(['a', '${verb}']),
    })`
  return verb === 'deleted' ? `{ payload: ${schema}, failMode: 'closed', target: (payload) => payload.key }` : schema
}

const nounOf = (noun: string) =>
  `  '${noun}': {\n${verbs.map((verb) => `    ${verb}: ${definitionOf(noun, verb)},\n`).join('')}  },\n`

const catalog = `import { defineEvents } from '../../src/event/catalog.ts'
import { z } from 'zod'
export const events = defineEvents({
${nouns.map(nounOf).join('')}})
`

const imports = `import type { Audit } from '../../src/audit/audit.ts'
import { events } from './events.ts'
declare const audit: Audit<typeof events>
`

const project = {
  extends: '../../../../tsconfig.base.json',
  compilerOptions: { noEmit: true, declaration: false, isolatedDeclarations: false },
  files: ['events.ts', 'calls.ts'],
}

const callOf = (noun: string, verb: string) =>
  `void audit.record('${noun}:${verb}', { key: 'k', '${noun}': 1, tags: [], owner: { id: 'u', team: 't' }, kind: '${verb}' })\n`
const calls = nouns.flatMap((noun) => verbs.slice(0, 4).map((verb) => callOf(noun, verb)))

function compile(lines: readonly string[]): { readonly said: string; readonly code: number | null } {
  writeFileSync(join(folder, 'events.ts'), catalog)
  writeFileSync(join(folder, 'calls.ts'), imports + lines.join(''))
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(project))
  const compiler = fileURLToPath(import.meta.resolve('typescript/package.json')).replace(/package\.json$/, 'bin/tsc')
  const { status, stdout, stderr } = spawnSync(process.execPath, [compiler, '-p', folder], { encoding: 'utf8' })
  return { said: stdout + stderr, code: status }
}

test('300 events and 240 calls compile', () => {
  expect([nouns.length * verbs.length, calls.length]).toEqual([300, 240])
  const { said, code } = compile(calls)
  expect([said, code]).toEqual(['', 0])
})

test('the compiler checks each of 240 calls: it finds and names one misspelt name', () => {
  const { said, code } = compile(calls.with(119, callOf('noun-29', 'sharde')))
  expect(code).not.toBe(0)
  expect(said.match(/error TS/g)).toHaveLength(1)
  expect(said).toMatch(/calls\.ts\(123,\d+\): error TS2345: .*noun-29:sharde/)
})
