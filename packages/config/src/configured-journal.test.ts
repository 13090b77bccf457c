import { execFileSync } from 'node:child_process'
import { symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folderWith, type Environment } from '../test/folder-with.ts'
import { configuredJournalDirectory } from './configured-journal.ts'

test.each<[string, Record<string, string>, Environment, string | undefined]>([
  ['nothing', {}, {}, undefined],
  ['a file', { 'audit.yaml': 'service: a\njournal: { directory: var/journal }\n' }, {}, 'var/journal'],
  ['a JSON file', { 'audit.json': '{ "journal": { "directory": "var" } }' }, {}, 'var'],
  ['a file without it', { 'audit.yml': 'service: a\n' }, {}, undefined],
  ['an empty file', { 'audit.yml': '' }, {}, undefined],
  [
    'the file of AUDIT_CONFIG',
    { 'other.yaml': 'journal: { directory: x }\n', 'audit.yaml': '' },
    { AUDIT_CONFIG: 'other.yaml' },
    'x',
  ],
  ['a variable', { 'audit.yaml': 'journal: { directory: x }\n' }, { AUDIT_JOURNAL_DIRECTORY: ' y\n' }, 'y'],
  ['a variable in the file', { 'audit.yaml': 'journal: { directory: "${WHERE:-z}" }\n' }, {}, 'z'],
  [
    'a file whose other variables are not set',
    { 'audit.yaml': 'journal: { directory: x }\nsinks: { webhook: { url: "${NOT_SET}" } }\n' },
    {},
    'x',
  ],
])('the journal directory is read from %s', async (_, files, env, expected) => {
  const directory = await folderWith(files)
  expect(configuredJournalDirectory({ directory, env })).toBe(expected === undefined ? undefined : join(directory, expected))
})

test.each<[Record<string, string>, Environment, string]>([
  [{ 'audit.yaml': 'journal: {' }, {}, 'audit.yaml:1'],
  [{}, { AUDIT_CONFIG: 'none.yaml' }, 'none.yaml: the file cannot be read (ENOENT)'],
  [{ 'audit.yaml': `journal: { directory: '"/var/audit"' }` }, {}, 'the path is in quotes'],
])('the files %j with the environment %j are refused', async (files, env, message) => {
  const directory = await folderWith(files)
  expect(() => configuredJournalDirectory({ directory, env })).toThrow(message)
})

test.each<[string, (path: string) => void, string]>([
  ['a FIFO', (path) => execFileSync('mkfifo', [path]), 'audit.yaml: it is not a file. Give a configuration'],
  ['a device', (path) => symlinkSync('/dev/zero', path), 'audit.yaml: it is not a file'],
  ['of terabytes', (path) => (writeFileSync(path, ''), truncateSync(path, 2 ** 40)), 'audit.yaml: it is larger than 1 MiB'],
])('a configuration that is %s is refused without being read', async (_, make, message) => {
  const directory = await folderWith()
  make(join(directory, 'audit.yaml'))
  expect(() => configuredJournalDirectory({ directory, env: {} })).toThrow(message)
  expect(configuredJournalDirectory({ directory, env: { AUDIT_JOURNAL_DIRECTORY: 'x' } })).toBe(join(directory, 'x'))
})
