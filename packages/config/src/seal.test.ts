import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createAudit, defineEvents, noPayload } from '@audit/core'
import { expect, test } from 'vitest'
import { folderWith, load, problemsOf } from '../test/folder-with.ts'
import { loadAuditConfig } from './load-audit-config.ts'

const events = defineEvents({ flag: { created: noPayload } })
// A key for this test only.
const KEY = 'PRIVATE+KEY+flags+fa0b2856+AaSm6cNOb+v7ZLlWoAqj0ffHE8QPpdUIxDtBuT8otgC+'

test('a trail is signed with a key from the environment, and its checkpoints also go to an anchor', async () => {
  const directory = await folderWith({
    'audit.yaml':
      "service: flags\nseal: { key: '${THE_KEY}', every: 50ms }\nanchors: { file: { path: anchor.ndjson, every: 1ms } }\njournal: { directory: here }\n",
  })
  const options = await loadAuditConfig({ directory, env: { THE_KEY: KEY } })
  expect(options.seal).toEqual({ key: [KEY], everyMs: 50 })
  const audit = createAudit({ events, ...options })
  await audit.record('flag:created', null)
  await audit.close()
  expect(audit.health().journal.seal?.keys).toEqual(['flags+fa0b2856'])
  const lines = readFileSync(join(directory, 'anchor.ndjson'), 'utf8').trimEnd().split('\n')
  expect(JSON.parse(lines.at(-1)!)).toMatchObject({ size: 4, checkpoint: expect.stringContaining('\n— flags ') })
})

test.each([
  ['seal: {}', {}, 'unsigned'],
  ['seal: { enabled: false }', {}, false],
  ['strict: true', { AUDIT_SEAL_KEY: KEY }, { key: [KEY] }],
  ['strict: true', { AUDIT_SEAL_KEY: `${KEY} ${KEY}` }, { key: [KEY, KEY] }],
  ['strict: true', {}, undefined],
])('the configuration %s with %j sets the seal', async (text, env, seal) => {
  expect((await load(`service: flags\n${text}`, env)).seal).toEqual(seal)
})

test('paths of key files are relative to the directory', async () => {
  const directory = await folderWith({ 'audit.yaml': 'service: flags\nseal: { keyFile: [next.key, seal.key] }\n' })
  const options = await loadAuditConfig({ directory, env: {} })
  expect(options.seal).toEqual({ keyFile: [join(directory, 'next.key'), join(directory, 'seal.key')] })
  for (const name of ['next.key', 'seal.key']) writeFileSync(join(directory, name), KEY)
  chmodSync(join(directory, 'next.key'), 0o644)
  chmodSync(join(directory, 'seal.key'), 0o600)
  expect(() => createAudit({ events, ...options })).toThrow(/seal\.keyFile\[0\]: '.*' can be read by all users/)
})

test('a missing key is an error, and never an unsigned trail', async () => {
  expect(await problemsOf(load("service: flags\nseal: { key: '${THE_KEY}' }", {}))).toEqual([
    expect.stringContaining('the variable THE_KEY is not set'),
  ])
  expect(await problemsOf(load('service: flags\nseal: { key: [] }', {}))).toEqual([expect.stringContaining('the list is empty')])
  expect(await problemsOf(load('service: flags\nseal: { every: 5s }', {}))).toEqual([
    expect.stringContaining('it needs a key to sign with'),
  ])
})
