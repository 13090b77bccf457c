import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import type { AuditEvent, Sink } from '@audit/core'
import {
  askOwner,
  letterHash,
  listTrailSources,
  readDeadLetters,
  readSourceState,
  replayText,
  type SignedReplay,
} from '@audit/core/trail'
import { generateKeyPair, parseSigningKey, signNote } from '@audit/proof'
import { expect, test } from 'vitest'
import { openAudit, pickySink, temporaryDirectory } from '../../test/real-journal.ts'
import { runAudit } from '../../test/run-audit.ts'

// Any user who can write the files can add a letter, and a command file that forces it to be sent.

const keys = generateKeyPair('flags-api')

/** A running service with a letter of a log that does not exist. */
async function withPlantedLetter(seal: 'unsigned' | { readonly key: string } = { key: keys.signingKey }) {
  const [directory, keyFile] = [temporaryDirectory(), join(temporaryDirectory(), 'seal.key')]
  writeFileSync(keyFile, keys.signingKey, { mode: 0o600 })
  const picky = pickySink('webhook')
  const taken: string[] = []
  const sink: Sink = {
    name: 'webhook',
    async write(batch, options) {
      await picky.write(batch, options)
      taken.push(...batch.lines)
    },
  }
  const audit = openAudit(directory, { seal, sinks: [sink] })
  for (const key of ['one', 'poison']) await audit.record('flag:created', { key })
  await audit.flush()
  await expect.poll(async () => (await audit.deadLetters.list()).length).toBe(1)
  picky.isPicky = false
  const source = (await listTrailSources(directory))[0]!
  const path = join(source.directory, 'dead-letters', 'webhook.ndjson')
  const plant = (key: string) => {
    const event = `{"version":"1.0","type":"flag","action":"created","metadata":{},"payload":{"key":"${key}"},"timestamp":"2026-11-28T00:00:00.000Z","id":"planted","status":"success","source":"flags-api/vm/aaaaaaaa","sequence":4}`
    const open = `{"sink":"webhook","id":"planted","reason":"no","at":"2026-11-28T00:00:00.000Z","event":${event}`
    appendFileSync(path, `${open},"crc":"${crc32(open).toString(16).padStart(8, '0')}"}\n`)
  }
  plant('planted')
  const sent = () => taken.map((line) => (JSON.parse(line) as { payload: { readonly key?: string } | null }).payload?.key)
  const ask = (request: object) =>
    askOwner(source, { command: 'replay-dead-letters', sink: 'webhook', ...request }, { timeoutMs: 60_000 })
  const { owner } = await readSourceState(source)
  const signed = async (replay: Partial<SignedReplay> = {}, key = keys.signingKey) => {
    const sha256 = (await readDeadLetters(source, 'webhook')).map(letterHash)
    const text = replayText({ owner: `${source.name}.${owner!.term}`, sink: 'webhook', by: 'ada', sha256, ...replay })
    return signNote(text, [parseSigningKey(key)])
  }
  const replay = (...words: string[]) => runAudit(['dead-letters', 'replay', directory, '--sink', 'webhook', ...words])
  return { directory, keyFile, audit, plant, sent, ask, signed, replay }
}

test('in a signed journal, a command file does not force a letter that nothing proves', async () => {
  const { sent, ask, replay } = await withPlantedLetter()
  const refused = { ok: false, message: expect.stringContaining('force: a key of this seal must sign it') }
  expect(await ask({ force: true, by: 'ceo@example.com' })).toMatchObject(refused)
  const ran = await replay('--force', '--by', 'ceo@example.com')
  expect([ran.code, ran.error]).toEqual([3, expect.stringContaining('--key-file')])
  expect(sent()).not.toContain('planted')
})

test('a person with the key forces letters, and the trail records that name', async () => {
  const { directory, keyFile, sent, replay, audit } = await withPlantedLetter()
  await expect.poll(async () => (await replay()).out).toMatch(/1 unproven/)
  expect(sent()).not.toContain('planted')
  const ran = await replay('--force', '--by', 'ada@example.com', '--key-file', keyFile)
  expect(ran).toMatchObject({ code: 0, error: '' })
  expect(ran.out).toMatch(/1 replayed, 0 refused\n$/)
  expect(sent()).toContain('planted')
  await audit.flush()
  const { out } = await runAudit(['tail', directory, '--events', 'audit:replayed', '--json'])
  const { payload } = JSON.parse(out) as AuditEvent
  expect(payload).toMatchObject({ sink: 'webhook', by: 'ada@example.com', count: 1, ids: ['planted'] })
  expect(payload).not.toHaveProperty('claimedBy')
})

test('a signed request counts once, for its process, its sink and the letters that the person has read', async () => {
  const { sent, ask, signed, plant } = await withPlantedLetter()
  const refused = (message: string) => ({ ok: false, message: expect.stringContaining(message) as string })
  const other = generateKeyPair('flags-api').signingKey
  expect(await ask({ request: await signed({}, other) })).toMatchObject(refused('no key of this seal has signed it'))
  expect(await ask({ request: await signed({ owner: 'flags-api-aaaaaaaa.1' }) })).toMatchObject(refused('for another process'))
  expect(await ask({ request: await signed({ sink: 'other' }) })).toMatchObject(refused('a signed replay of this sink'))
  expect(await ask({ request: 'no note' })).toMatchObject(refused('no key of this seal has signed it'))
  const some = await signed({ sha256: ['0'] })
  await expect.poll(() => ask({ request: some })).toMatchObject({ ok: true, result: { unproven: 1 } })
  expect(sent()).not.toContain('planted')
  const request = await signed()
  plant('another letter with the same id')
  expect(await ask({ request })).toMatchObject({ ok: true, result: { unproven: 1 } })
  plant('planted')
  expect(await ask({ request })).toMatchObject(refused('was carried out before'))
  expect(sent().filter((key) => key?.includes('planted'))).toEqual(['planted'])
  expect(sent()).not.toContain('another letter with the same id')
})

test('without a key, a forced replay is recorded as asked for by a file', async () => {
  const { directory, sent, replay, audit } = await withPlantedLetter('unsigned')
  const ran = await replay('--force', '--by', 'ada@example.com')
  expect(ran).toMatchObject({ code: 0, error: '' })
  expect(sent()).toContain('planted')
  await audit.flush()
  const { out } = await runAudit(['tail', directory, '--events', 'audit:replayed', '--json'])
  expect((JSON.parse(out) as AuditEvent).payload).toMatchObject({ via: 'file', claimedBy: 'ada@example.com' })
})
