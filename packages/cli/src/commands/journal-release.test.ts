import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { memorySink } from '@audit/core'
import { askOwner, listTrailSources, readSourceState, releaseText } from '@audit/core/trail'
import { generateKeyPair, parseSigningKey, signNote } from '@audit/proof'
import { expect, test } from 'vitest'
import { openAudit, temporaryDirectory } from '../../test/real-journal.ts'
import { runAudit } from '../../test/run-audit.ts'

const keys = generateKeyPair('flags-api')

/** A running service that found a forged line behind the end of its log. */
async function withHeldLine() {
  const [directory, keyFile] = [temporaryDirectory(), join(temporaryDirectory(), 'seal.key')]
  writeFileSync(keyFile, keys.signingKey, { mode: 0o600 })
  const seal = { key: keys.signingKey }
  const first = openAudit(directory, { seal })
  await first.record('flag:created', { key: 'one' })
  const source = first.health().journal.source!
  await first.close()
  const log = `flags-api-${source.slice(-8)}`
  const [segment] = readdirSync(join(directory, log, 'log'))
  const open = [
    '{"version":"1.0","type":"flag","action":"deleted","metadata":{"actor":{"authentication":"none"}},"payload":{"key":"held"}',
    '"timestamp":"2026-11-28T00:00:00.000Z","id":"01a2065a-4045-701a-a01a-5a4b7edd25be","status":"success"',
    `"source":"${source}","sequence":4,"tag":"${'A'.repeat(22)}"`,
  ].join(',')
  appendFileSync(join(directory, log, 'log', segment!), `${open},"crc":"${crc32(open).toString(16).padStart(8, '0')}"}\n`)
  const sink = memorySink()
  const audit = openAudit(directory, { seal, sinks: [{ sink, from: 'oldest' }] })
  await audit.record('flag:created', { key: 'two' })
  await expect.poll(async () => (await audit.held.list()).length).toBe(1)
  const keysOf = () => sink.events.map(({ payload }) => (payload as { readonly key?: string }).key)
  const again = () => openAudit(directory, { seal, sinks: [{ sink, from: 'oldest' }] })
  return { directory, keyFile, log, audit, keysOf, again }
}

/** A running service that holds a whole log, which no key signed, and writes another one. */
async function withHeldLog() {
  const [directory, keyFile] = [temporaryDirectory(), join(temporaryDirectory(), 'seal.key')]
  writeFileSync(keyFile, keys.signingKey, { mode: 0o600 })
  const first = openAudit(directory, { seal: 'unsigned' })
  await first.record('flag:created', { key: 'held' })
  const log = `flags-api-${first.health().journal.source!.slice(-8)}`
  await first.close()
  const sink = memorySink()
  const audit = openAudit(directory, { seal: { key: keys.signingKey }, sinks: [{ sink, from: 'oldest' }] })
  await audit.record('flag:created', { key: 'two' })
  await expect.poll(async () => (await audit.held.list()).map(({ isWhole }) => isWhole)).toEqual([true])
  const keysOf = () => sink.events.map(({ payload }) => (payload as { readonly key?: string }).key)
  return { directory, keyFile, log, keysOf }
}

test('status shows held lines, and journal release makes the running service deliver them', async () => {
  const { directory, keyFile, log, audit, keysOf } = await withHeldLine()
  expect((await runAudit(['status', directory])).out).toMatch(/held +1 line: nothing shows that the service wrote it/)
  expect(JSON.parse((await runAudit(['status', directory, '--json'])).out)).toMatchObject([{ held: 1 }])
  await audit.flush()
  expect(keysOf()).not.toContain('held')
  const released = await runAudit(['journal', 'release', log, directory, '--by', 'ada@example.com', '--key-file', keyFile])
  expect(released).toEqual({ code: 0, out: `${log}: 1 event released by ada@example.com\n`, error: '' })
  await audit.flush()
  expect(keysOf()).toContain('held')
  expect((await runAudit(['journal', 'release', log, directory, '--by', 'ada', '--key-file', keyFile])).code).toBe(1)
})

test('a release that no key of the service signed is refused', async () => {
  const { directory, keyFile, log, audit } = await withHeldLine()
  writeFileSync(keyFile, generateKeyPair('flags-api').signingKey)
  const refused = await runAudit(['journal', 'release', log, directory, '--by', 'mallory', '--key-file', keyFile])
  expect(refused.code).toBe(3)
  expect(refused.error).toContain('no key of this seal has signed it')
  const device = await runAudit(['journal', 'release', log, directory, '--by', 'mallory', '--key-file', '/dev/zero'])
  expect([device.code, device.error]).toEqual([3, expect.stringContaining("'/dev/zero' cannot be read (it is a device)")])
  expect(await audit.held.list()).toHaveLength(1)
})

test('a signed release that was carried out is not carried out again, by this process or the next', async () => {
  const { directory, log, audit, keysOf, again } = await withHeldLine()
  const [held] = await audit.held.list()
  const source = (await listTrailSources(directory)).find(({ name }) => name === log)
  const { owner } = await readSourceState(source!)
  const release = { owner: `${log}.${owner!.term}`, log, by: 'ada@example.com', sha256: held!.sha256 }
  const request = await signNote(releaseText(release), [parseSigningKey(keys.signingKey)])
  const ask = () => askOwner(source!, { command: 'release-held', request }, { timeoutMs: 60_000 })
  const restore = () => {
    for (const name of readdirSync(join(directory, log, 'held')))
      renameSync(join(directory, log, 'held', name), join(directory, log, 'held', name.replace(/\.released$/, '')))
  }
  expect(await ask()).toMatchObject({ ok: true, result: { released: 1 } })
  restore()
  const refused = { ok: false, message: expect.stringContaining('for another process, or was carried out before') }
  expect(await ask()).toMatchObject(refused)
  await audit.close()
  const next = again()
  await next.record('flag:created', { key: 'three' })
  expect(await ask()).toMatchObject(refused)
  await next.close()
  expect(keysOf().filter((key) => key === 'held')).toHaveLength(1)
})

test.each([
  ['no lock', () => undefined],
  ['an empty lock', (path: string) => writeFileSync(path, '')],
  ['a lock that is no database', (path: string) => writeFileSync(path, 'x'.repeat(4_096))],
  ['a FIFO as its lock', (path: string) => void execFileSync('mkfifo', [path])],
])('a planted log with %s and the owner of a running process does not keep a person from a release', async (_, plantLock) => {
  const { directory, keyFile, log, keysOf } = await withHeldLog()
  // Before the logs of the service.
  const planted = join(directory, 'flags-api-00000000')
  for (const name of ['log', 'commands']) mkdirSync(join(planted, name), { recursive: true })
  const [instance, pid] = [hostname(), process.ppid]
  const source = `flags-api/${instance}/00000000`
  writeFileSync(join(planted, 'source.json'), JSON.stringify({ format: 2, source, service: 'flags-api' }))
  writeFileSync(join(planted, 'owner.1'), JSON.stringify({ term: 1, instance, pid }))
  plantLock(join(planted, 'lock.db'))
  const released = await runAudit(['journal', 'release', log, directory, '--by', 'ada', '--key-file', keyFile])
  expect(released).toEqual({ code: 0, out: expect.stringMatching(/: \d+ events released by ada\n$/), error: '' })
  await expect.poll(keysOf, { timeout: 120_000 }).toContain('held')
})

test('journal release exits 2 without a name or a key', async () => {
  expect((await runAudit(['journal', 'release', 'log', '--key-file', 'x'])).code).toBe(2)
  expect((await runAudit(['journal', 'release', 'log', '--by', 'ada'])).code).toBe(2)
})
