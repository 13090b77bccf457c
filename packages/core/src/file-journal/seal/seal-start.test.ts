import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createSigner, generateKeyPair, parseSigningKey } from '@audit/proof'
import { expect, test } from 'vitest'
import { keyed } from '../../../test/log-files.ts'
import { alterLines, opened, sealed } from '../../../test/sealed-journal.ts'
import { temporaryDirectory } from '../../../test/temporary-directory.ts'
import type { Anchor } from '../../seal/anchor.ts'

// An attacker who can write the files, but has no key, changes a journal between two processes.

const { signingKey, verifierKey } = generateKeyPair('flags-api')
const seal = { key: signingKey }
const some = (count: number, from = 0) => Array.from({ length: count }, (_, index) => keyed(`event ${from + index}`))

/** Its logs have no tags, so that nothing but the checkpoints shows what the service wrote. */
function kms() {
  const local = parseSigningKey(signingKey)
  const publicKey = Buffer.from(verifierKey.split('+').slice(2).join('+'), 'base64').subarray(1)
  return { key: createSigner('flags-api', publicKey, async (bytes) => local.sign(bytes), {}) }
}

function describeLog(directory: string, source: string, format = 2): void {
  mkdirSync(directory, { recursive: true })
  const description = { format, source, service: 'kit', createdAt: '2026-11-30T00:00:00.000Z' }
  writeFileSync(join(directory, 'source.json'), `${JSON.stringify(description)}\n`)
}

const reasonsOf = ({ systemEvents }: Awaited<ReturnType<typeof opened>>) =>
  systemEvents.filter(({ action }) => action === 'recovered').map(({ payload }) => payload.reason)

test('a directory without events is not continued', async () => {
  const root = temporaryDirectory()
  const planted = join(root, 'kit-22222222')
  describeLog(planted, 'kit/another-host/22222222')
  const running = await opened(root, seal)
  expect(running.directory).not.toBe(planted)
  await running.journal.append(some(1))
  expect(reasonsOf(running)).toEqual(['empty'])
  await running.journal.close()
  expect(readdirSync(join(planted, 'log'))).toEqual([])
})

test('a log whose events were removed is not begun again', async () => {
  const root = temporaryDirectory()
  const before = await opened(root, seal)
  await before.journal.append(some(3))
  await before.journal.close()
  for (const name of readdirSync(before.directory))
    if (name !== 'source.json') rmSync(join(before.directory, name), { recursive: true })
  const after = await opened(root, seal)
  expect(after.directory).not.toBe(before.directory)
  await after.journal.append(some(1))
  expect(reasonsOf(after)).toEqual(['empty'])
  await after.journal.close()
  expect(existsSync(join(before.directory, 'checkpoint'))).toBe(false)
})

test('without a key, an empty directory is continued, because nothing is claimed about it', async () => {
  const root = temporaryDirectory()
  describeLog(join(root, 'kit-22222222'), 'kit/host/22222222')
  const running = await opened(root, 'unsigned')
  expect(running.directory).toBe(join(root, 'kit-22222222'))
  await running.journal.close()
})

test.each([
  ['another service', 'billing/host/22222222'],
  ['no service', '/22222222'],
])('a directory that names a log of %s is set aside', async (_, source) => {
  const root = temporaryDirectory()
  describeLog(join(root, 'kit-22222222'), source)
  const { directory, journal, said } = await opened(root, 'unsigned')
  expect(directory).not.toBe(join(root, 'kit-22222222'))
  expect(said).toContainEqual(expect.stringContaining(`names the log '${source}'`))
  await journal.close()
})

test('a directory of format 1 without events does not keep the journal closed', async () => {
  const root = temporaryDirectory()
  describeLog(join(root, 'kit-22222222'), 'kit/host/22222222', 1)
  const { journal, said } = await opened(root, seal)
  expect(said).toContainEqual(expect.stringContaining('has format 1'))
  await journal.close()
})

test.each([
  ['whose description names another service than its source', /"service":"kit"/, '"service":"kiT"', 'is set aside'],
  ['that was renamed for another service', /"kit/g, '"billing', `names the log 'billing/`],
])('a log %s is set aside, and reported', async (_, found, written, report) => {
  const root = temporaryDirectory()
  const before = await opened(root, seal)
  await before.journal.append(some(3))
  await before.journal.close()
  const path = join(before.directory, 'source.json')
  writeFileSync(path, readFileSync(path, 'utf8').replace(found, written))
  const after = await opened(root, seal)
  expect(after.directory).not.toBe(before.directory)
  expect(after.said).toContainEqual(expect.stringContaining(report))
  await after.journal.close()
})

/** A log whose anchor has a larger checkpoint than its directory. */
async function withOlderCheckpoint() {
  const root = temporaryDirectory()
  let latest: string | undefined
  const anchor: Anchor = {
    name: 'elsewhere',
    publish: async ({ checkpoint }) => void (latest = checkpoint),
    latest: async () => latest,
  }
  const running = await opened(root, kms(), [anchor])
  await running.journal.append(some(3))
  await sealed(running, 3)
  const checkpoint = join(running.directory, 'checkpoint')
  const older = readFileSync(checkpoint)
  await running.journal.append(some(4, 3))
  await sealed(running, 7)
  await running.journal.close()
  writeFileSync(`${checkpoint}.new`, older)
  renameSync(`${checkpoint}.new`, checkpoint)
  return { directory: running.directory, open: () => opened(root, kms(), [anchor]) }
}

test('a log with an older checkpoint is continued if its events are those that an anchor has', async () => {
  const { directory, open } = await withOlderCheckpoint()
  const after = await open()
  expect(after.directory).toBe(directory)
  await after.journal.close()
})

test('a log with an older checkpoint is not continued if an event that an anchor has was changed', async () => {
  const { directory, open } = await withOlderCheckpoint()
  alterLines(directory, 'event 5', (line) => line.replace('event 5', 'forge 5'))
  const after = await open()
  expect(after.directory).not.toBe(directory)
  await after.journal.append(some(1))
  expect(reasonsOf(after)).toContain('rolled-back')
  await after.journal.close()
})
