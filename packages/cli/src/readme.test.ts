import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { commands } from './commands.ts'
import { helpOfAll } from './help.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

describe('the README', () => {
  const elsewhere = new Set(['prove', 'check-proof'])
  test.each(commands.filter(({ name }) => !elsewhere.has(name)).map(({ name, usage }) => [name, usage]))(
    'the README has the usage of %s from its help, and an example',
    (name, usage) => {
      expect(readme).toContain(`\`${usage}\``)
      expect(readme).toContain(`\n$ npx audit ${name}`)
    },
  )

  test('the README names every command', () => {
    for (const { name } of commands) expect(readme).toMatch(new RegExp(`\`(${name}|${name.split(' ').at(-1)})\``))
  })

  test('the README has the exit codes of the help', () => {
    const help = helpOfAll(commands)
    const codes = help.slice(help.indexOf('Exit codes:') + 1).map((line) => line.trim().split(/ {2}/) as [string, string])
    expect(codes).toHaveLength(5)
    for (const [code, meaning] of codes) expect(readme).toContain(`| ${code} | ${meaning} |`)
  })
})
