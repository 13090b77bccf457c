import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createSigner, generateKeyPair, parseCheckpoint, parseNote, parseSigningKey, type Signer } from '@audit/proof'
import { expect, test } from 'vitest'
import { keyed, keysOf } from '../../../test/log-files.ts'
import { alterLines, linesOf, opened, sealed, until } from '../../../test/sealed-journal.ts'
import { temporaryDirectory } from '../../../test/temporary-directory.ts'
import type { CursorOptions } from '../../journal/cursors.ts'

// An attacker who can write the files, but has no key, changes lines of a running process after they were written and before they
// are sealed. Whatever the change is, the process neither signs nor delivers it.

const { signingKey, verifierKey } = generateKeyPair('flags-api')
const local = parseSigningKey(signingKey)
/** A KMS that has not answered so far, unless it is allowed to. */
function kms({ tagKey, isAway = () => false }: { tagKey?: Uint8Array; isAway?: () => boolean } = {}): Signer {
  const sign = async (bytes: Uint8Array) => {
    if (isAway()) throw new Error('no route')
    return local.sign(bytes)
  }
  const publicKey = Buffer.from(verifierKey.split('+').slice(2).join('+'), 'base64').subarray(1)
  return createSigner('flags-api', publicKey, sign, tagKey ? { tagKey } : {})
}

const some = (count: number, from = 0) => Array.from({ length: count }, (_, index) => keyed(`event ${from + index}`))
const sizeOf = (directory: string) => parseCheckpoint(parseNote(readFileSync(join(directory, 'checkpoint'), 'utf8')).text).size

const changes: readonly [name: string, change: (directory: string) => void][] = [
  ['an event', (directory) => alterLines(directory, 'event 3', (open) => open.replace('event 3', 'forged'))],
  ['the last event of a group', (directory) => alterLines(directory, 'event 5', (open) => open.replace('event 5', 'forged'))],
  ['a tag', (directory) => alterLines(directory, 'event 5', (open) => open.replace(/"tag":"[^"]{8}/, '"tag":"AAAAAAAA'))],
  ['a removed tag', (directory) => alterLines(directory, 'event 5', (open) => open.replace(/,"tag":"[^"]*"/, ''))],
]
const signers: readonly [name: string, key: () => string | Signer, changes: typeof changes][] = [
  ['a local key', () => signingKey, changes],
  ['a KMS with a tag key', () => kms({ tagKey: Buffer.alloc(32, 7) }), changes],
  // Its log has no tags.
  ['a KMS without a tag key', () => kms(), changes.slice(0, 2)],
]
const cases = signers.flatMap(([signer, key, all]) => all.map(([name, change]) => [signer, name, key, change] as const))

test.each(cases)('with %s, %s that was changed before it is sealed is never signed', async (_, _name, key, change) => {
  const running = await opened(temporaryDirectory(), { key: key() })
  const { journal, directory } = running
  await journal.append(some(2))
  await sealed(running, 2)
  const { source } = journal.status()
  await journal.append(some(4, 2))
  const first = linesOf(directory).findIndex((line) => line.includes('event 2'))
  change(directory)
  await until(running, () => running.systemEvents.some(({ action }) => action === 'recovered'))
  await journal.append(some(1, 6))
  const where = { from: first, to: first + 4, count: 4 }
  expect(running.systemEvents.map(({ payload }) => payload)).toContainEqual({ source, reason: 'changed', ...where })
  expect(journal.status().source).not.toBe(source)
  expect(journal.status().problems).toContainEqual(expect.stringContaining(`'${source}' was changed on the disk`))
  await sealed(running, 1)
  await journal.seal()
  await journal.close()
  expect(sizeOf(directory)).toBeLessThanOrEqual(first)
  expect(JSON.parse(readFileSync(join(directory, 'damaged.json'), 'utf8')).reason).toBe('changed')
})

/** Events that fill more memory than a log keeps for its readers. */
const LARGE = 'x'.repeat(100_000)
const large = (count: number) => Array.from({ length: count }, (_, index) => keyed(`event ${index} ${LARGE}`))
const everything: CursorOptions = { wants: ({ type }) => type === 'flag', from: 'oldest' }

test('a late cursor gets every event except a changed one that no checkpoint covers', async () => {
  const running = await opened(temporaryDirectory(), { key: kms({ tagKey: Buffer.alloc(32, 7), isAway: () => true }) })
  const { journal, directory } = running
  let lost = 0
  const cursor = await journal.cursor('late', { ...everything, onLost: (count) => (lost += count) })
  for (const event of large(60)) await journal.append([event])
  alterLines(directory, 'event 3 ', (open) => open.replace('event 3 ', 'forged '))
  const keys: string[] = []
  while (keys.length + lost < 60) {
    const batch = await cursor.next({ maxEvents: 10, maxBytes: 1 << 30, maxAgeMs: 0 }, AbortSignal.timeout(60_000))
    keys.push(...keysOf(batch.lines).map((key) => key.replace(` ${LARGE}`, '')))
    await cursor.acknowledge(batch.end)
    if (keys.length === 59) await expect.poll(() => lost, { timeout: 60_000 }).toBe(1)
  }
  expect(keys).toEqual(Array.from({ length: 60 }, (_, index) => `event ${index}`).filter((key) => key !== 'event 3'))
  await until(running, () => running.systemEvents.some(({ payload }) => payload.reason === 'changed'))
  await journal.close()
})

test('a late cursor gets every unchanged event of a log that a KMS without a tag key has not signed', async () => {
  const running = await opened(temporaryDirectory(), { key: kms({ isAway: () => true }) })
  const cursor = await running.journal.cursor('late', everything)
  for (const event of large(60)) await running.journal.append([event])
  let count = 0
  while (count < 60) {
    const batch = await cursor.next({ maxEvents: 10, maxBytes: 1 << 30, maxAgeMs: 0 }, AbortSignal.timeout(60_000))
    count += batch.lines.length
    await cursor.acknowledge(batch.end)
  }
  await running.journal.close()
})
