import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { honestJournal, keys, temporaryDirectory } from '../test/honest-journal.ts'
import { runAudit } from '../test/run-audit.ts'

// Issue 16, item 11: whatever stands in place of an entry of a journal, a command ends, with a sentence rather than a stack.

const kinds: readonly (readonly [string, (path: string) => void])[] = [
  ['a FIFO', (path) => void execFileSync('mkfifo', [path])],
  ['a link to a device', (path) => symlinkSync('/dev/zero', path)],
  ['a directory', (path) => mkdirSync(path)],
  ['a file of a terabyte', (path) => (writeFileSync(path, '', { mode: 0o600 }), truncateSync(path, 2 ** 40))],
  ['400,000 levels of JSON', (path) => writeFileSync(path, `${'["a",'.repeat(400_000)}\n`, { mode: 0o600 })],
]
const entries = [
  'source.json',
  'checkpoint',
  'offsets.ndjson',
  'owner.1',
  'damaged.json',
  'log/00000000000000000900.9-0.ndjson',
  'tiles/0',
  'dead-letters/x.ndjson',
  'held/00000000000000000500.9-0.unauthenticated.ndjson',
  'commands/1.json',
]

describe.each(kinds)('%s', (kind, make) => {
  test.each(entries)(`${kind} in place of %s keeps no command waiting`, async (entry) => {
    const { root, log } = await honestJournal({ runs: [5] })
    const path = join(log, entry)
    rmSync(path, { recursive: true, force: true })
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    make(path)
    const commands = [
      ['tail', root],
      ['status', root],
      ['show', '3', root],
      ['explain', 'flag:created', root],
      ['dead-letters', 'list', root],
      ['journal', 'upgrade', root, '--dry-run'],
      ['prove', '3', root, '--out', join(temporaryDirectory(), 'event')],
      ['verify', root, '--key', keys.verifierKey],
    ]
    for (const words of commands) {
      const { code, error } = await runAudit(words)
      expect([0, 1, 3, 4], `${words[0]}: ${error}`).toContain(code)
      expect(error).not.toMatch(/^ {4}at /m)
    }
    // Events of intact segments are shown.
    expect((await runAudit(['show', '3', root])).code).toBe(0)
  })
})
