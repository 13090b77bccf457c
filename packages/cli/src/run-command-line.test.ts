import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../test/real-journal.ts'
import { runAudit } from '../test/run-audit.ts'
import { commands } from './commands.ts'

test('audit without arguments prints the help and exits 2', async () => {
  const { code, out, error } = await runAudit([])
  expect([code, out]).toEqual([2, ''])
  for (const { name, summary } of commands) expect(error).toMatch(new RegExp(`^  ${name} +${summary}$`, 'm'))
})

test.each([['help'], ['--help'], ['-h']])('%s prints the help on standard output and exits 0', async (word) => {
  const { code, out, error } = await runAudit([word])
  expect([code, error]).toEqual([0, ''])
  expect(out).toContain('Exit codes:')
})

test.each(commands.map(({ name }) => name))('the help of %s names all its options', async (name) => {
  const { usage, options, examples } = commands.find((command) => command.name === name)!
  const asked = [await runAudit(['help', ...name.split(' ')]), await runAudit([...name.split(' '), '--help'])]
  expect(asked[1]).toEqual(asked[0])
  expect(asked[0]!.code).toBe(0)
  for (const part of [usage, ...options.map((option) => `--${option.name}`), ...examples]) expect(asked[0]!.out).toContain(part)
  expect(usage.startsWith(`audit ${name}`)).toBe(true)
})

test('--version prints the version', async () =>
  expect(await runAudit(['--version'])).toEqual({ code: 0, out: '1.2.3\n', error: '' }))

test.each([
  [['tial'], "there is no command 'tial'. Did you mean 'audit tail'?"],
  [['nothing-like-it'], "there is no command 'nothing-like-it'. Run 'audit help'."],
  [['dead-leters', 'list'], "Did you mean 'audit dead-letters'?"],
  [['dead-letters', 'lits'], "Did you mean 'audit dead-letters list'?"],
  [['status', '--jsno'], "Unknown option '--jsno'. Did you mean '--json'?"],
  [['show'], 'Give the id of an event, or its sequence.'],
  [['keygen'], 'Give a name for the key, such as flags-api.'],
  [['rotate-key'], 'Give the name of the key, such as flags-api.'],
  [['explain'], 'Give the name of an event, such as flag:deleted.'],
  [['sinks', 'forget'], 'Give the name of a sink.'],
  [['prove'], 'Give the id of one event, or its sequence.'],
  [['prove', '1', 'a', 'b'], "'b' is one argument too many."],
  [['prove', '1', 'a', '--journal', 'a'], 'Give the journal once.'],
  [['status', 'a', 'b'], "'b' is one argument too many."],
  [['tail', '--limit', '0'], '--limit: give a whole number, 1 or more.'],
  [['tail', '--limit', '-5'], '--limit: give a whole number, 1 or more.'],
  [['tail', '--limit=-5'], '--limit: give a whole number, 1 or more.'],
  [['tail', '--limit', '5x'], '--limit: give a whole number, 1 or more.'],
  [['\u001b[31m'], "there is no command '\\u001b[31m'"],
  [['help', 'tial'], "there is no command 'tial'"],
  [['dead-letters'], 'audit dead-letters list, audit dead-letters replay, audit dead-letters purge'],
  [['sinks', 'list'], 'audit sinks forget'],
  [['tail', '--nothing'], "Unknown option '--nothing'"],
  [['tail', '--since'], 'argument missing'],
  [['tail', '--limit', '1', '--limit', '2'], '--limit is given more than once'],
  [['status', '--json=yes'], 'does not take an argument'],
])('audit exits 2 for %j', async (words, said) => {
  const { code, out, error } = await runAudit(words)
  expect([code, out]).toEqual([2, ''])
  expect(error).toContain(said)
})

test.each(['"/var/audit"', "'/var/audit'\n"])('case 17: AUDIT_DIRECTORY=%j is refused', async (AUDIT_DIRECTORY) => {
  const { code, error } = await runAudit(['tail'], { env: { AUDIT_DIRECTORY } })
  expect([code, error]).toEqual([2, expect.stringContaining('AUDIT_DIRECTORY: the path is in quotes; remove them.')])
})

test('each problem of a configuration has a line', async () => {
  const file = join(temporaryDirectory(), 'audit.yaml')
  writeFileSync(file, 'a: [\nb: ]\n')
  const { code, error } = await runAudit(['tail'], { env: { AUDIT_CONFIG: file } })
  expect(code).toBe(2)
  const lines = error.split('\n')
  expect(lines[0]).toBe('audit tail: The audit configuration is wrong:')
  expect(lines[1]!.startsWith(`- ${file}:`)).toBe(true)
})
