import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { load, problemsOf } from '../test/folder-with.ts'

// Runs the examples of the README.

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const blocks = (language: string) =>
  Array.from(readme.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs')), (match) => match[1]!)
const env = { WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 7).toString('base64')}`, SECURITY_URL: 'https://a.example' }

test.each(blocks('yaml'))('the README example builds its sinks: %s', async (text) =>
  expect((await load(text, env)).sinks?.length).toBeGreaterThan(1),
)

test('the errors in the README are those of its example', async () => {
  const [first] = blocks('yaml')
  const wrong = first!.replace('path: audit.log', 'pth: audit.log')
  const problems = await problemsOf(load(wrong, { AUDIT_SINKS_FILE_BATCH_MAX_EVENTS: '0' }))
  const shown = blocks('text')[0]!
    .split('\n')
    .filter((line) => line.startsWith('- '))
  expect(shown).toEqual(problems.map((problem) => `- ${problem}`))
})

test('the variables in the README configure a trail', async () => {
  const command = blocks('sh').at(-1)!
  const variables = Object.fromEntries(Array.from(command.matchAll(/(AUDIT_\w+)=(\S+)/g), ([, name, value]) => [name!, value!]))
  const config = await load('{}', variables)
  expect(config.sinks?.map(({ sink }) => sink.name)).toEqual(['file:stdout', 'webhook:audit.example.com'])
  expect(config.service).toBe('flags-api')
})
