import { appendFileSync, existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  generateKeyPair,
  leafHash,
  MerkleTree,
  nodeHash,
  openCheckpoint,
  parseCheckpoint,
  parseSigningKey,
  parseVerifierKey,
  rootOfFrontier,
} from '@audit/proof'
import { expect, test } from 'vitest'
import { keyed } from '../../test/log-files.ts'
import { overriddenDisk } from '../../test/overridden-disk.ts'
import { linesOf, opened, sealed, until } from '../../test/sealed-journal.ts'
import { temporaryDirectory } from '../../test/temporary-directory.ts'
import type { Anchor } from '../seal/anchor.ts'
import { journalOpening } from '../testing/journal-opening.ts'
import { manualClock } from '../testing/manual-clock.ts'
import type { Sealed } from '../journal/seal.ts'
import { fileJournal } from './file-journal.ts'
import { nodeFileSystem } from '../log-format/node-file-system.ts'

const keys = generateKeyPair('flags-api')
const others = generateKeyPair('flags-api')

function rootOf(lines: readonly string[]): Uint8Array {
  const tree = new MerkleTree()
  for (const line of lines) tree.append(leafHash(line))
  return tree.root()
}

const textOf = (directory: string) => readFileSync(join(directory, 'checkpoint'), 'utf8')
const opening = (directory: string, origin: string, verifierKey = keys.verifierKey) =>
  openCheckpoint(textOf(directory), { origin, verifiers: [parseVerifierKey(verifierKey)] })
const some = (count: number, from = 0) => Array.from({ length: count }, (_, index) => keyed(`event ${from + index}`))

test('one second after an event, a log has a signed checkpoint over all its events, and their hashes in tiles', async () => {
  const running = await opened(temporaryDirectory(), { key: keys.signingKey })
  await running.journal.append(some(600))
  await sealed(running, 600)
  const lines = linesOf(running.directory)
  const { size, root } = opening(running.directory, running.journal.status().source!)
  expect(root).toEqual(rootOf(lines.slice(0, size)))
  expect(running.journal.status().seal).toEqual({ size, keys: [expect.stringMatching(/^flags-api\+[0-9a-f]{8}$/)] })

  const leaves = readFileSync(join(running.directory, 'tiles/0'))
  expect(leaves.subarray(0, size * 32)).toEqual(Buffer.concat(lines.slice(0, size).map((line) => leafHash(line))))
  const perfect = (from: number, count: number): Uint8Array =>
    count === 1 ? leafHash(lines[from]!) : nodeHash(perfect(from, count / 2), perfect(from + count / 2, count / 2))
  expect(readFileSync(join(running.directory, 'tiles/1'))).toEqual(Buffer.concat([perfect(0, 256), perfect(256, 256)]))
  await running.journal.close()
})

test('a closed log ends with the seal of everything before it, and its checkpoint covers that event too', async () => {
  const running = await opened(temporaryDirectory(), { key: keys.signingKey })
  await running.journal.append(some(3))
  await running.journal.seal()
  await running.journal.close()
  const lines = linesOf(running.directory)
  const { type, action, source, payload } = JSON.parse(lines.at(-1)!) as {
    type: string
    action: string
    source: string
    payload: Sealed
  }
  expect([type, action, payload.origin, payload.size]).toEqual(['audit', 'sealed', source, 3])
  const frontier = payload.frontier.map((hash) => Buffer.from(hash, 'base64'))
  const sealed = openCheckpoint(payload.checkpoint, { origin: source, verifiers: [parseVerifierKey(keys.verifierKey)] })
  expect(sealed.root).toEqual(rootOf(lines.slice(0, 3)))
  expect(rootOfFrontier(frontier)).toEqual(Buffer.from(sealed.root))
  expect(opening(running.directory, source)).toMatchObject({ size: 4, root: rootOf(lines) })
})

test('the next process continues the tree without reading sealed lines again', async () => {
  const root = temporaryDirectory()
  const first = await opened(root, { key: keys.signingKey })
  await first.journal.append(some(300))
  await first.journal.close()
  const next = await opened(root, { key: keys.signingKey })
  expect(next.directory).toBe(first.directory)
  await next.journal.append(some(300, 300))
  await sealed(next, 600)
  const { size, root: sealedRoot } = opening(next.directory, next.journal.status().source!)
  expect(sealedRoot).toEqual(rootOf(linesOf(next.directory).slice(0, size)))
  expect(next.systemEvents.map(({ action }) => action).filter((action) => action !== 'sealed')).toEqual([])
  await next.journal.close()
})

test('during a key rotation both keys sign, and the log records the current keys', async () => {
  const root = temporaryDirectory()
  const before = await opened(root, { key: keys.signingKey })
  await before.journal.append(some(1))
  await before.journal.close()
  const overlap = await opened(root, { key: [others.signingKey, keys.signingKey] })
  expect(overlap.directory).toBe(before.directory)
  await overlap.journal.append(some(1))
  const source = overlap.journal.status().source!
  await overlap.journal.close()
  expect(overlap.systemEvents.map(({ action, payload }) => [action, payload.keys?.length])).toEqual([['key-rotated', 2]])
  for (const { verifierKey } of [keys, others]) expect(opening(before.directory, source, verifierKey).size).toBe(3)
  const after = await opened(root, { key: others.signingKey })
  expect(after.directory).toBe(before.directory)
  await after.journal.append(some(1))
  await after.journal.close()
  expect(opening(before.directory, source, others.verifierKey).size).toBe(5)
  expect(() => opening(before.directory, source)).toThrow(/None of the known keys/)
})

const tamperings: readonly [reason: string, tamper: (directory: string) => void][] = [
  ['checkpoint-missing', (directory) => rmSync(join(directory, 'checkpoint'))],
  [
    'checkpoint-not-ours',
    (directory) => writeFileSync(join(directory, 'checkpoint'), textOf(directory).replace('\n5\n', '\n4\n')),
  ],
  ['hashes-changed', (directory) => writeFileSync(join(directory, 'tiles/0'), Buffer.alloc(5 * 32, 1))],
  ['hashes-changed', (directory) => rmSync(join(directory, 'tiles/0'))],
  [
    'truncated',
    (directory) => {
      const [name] = readdirSync(join(directory, 'log'))
      const lines = readFileSync(join(directory, 'log', name!), 'utf8')
        .split('\n')
        .slice(0, 3)
      writeFileSync(join(directory, 'log', name!), `${lines.join('\n')}\n`)
      // An attacker who cuts a log would also remove the file that has its length.
      rmSync(join(directory, 'offsets.ndjson'))
    },
  ],
]

test.each(tamperings)(
  'a change between two processes is not signed again; it is reported, and the log stays unchanged: %s',
  async (reason, tamper) => {
    const root = temporaryDirectory()
    const before = await opened(root, { key: keys.signingKey })
    await before.journal.append(some(5))
    await before.journal.close()
    tamper(before.directory)
    const checkpoint = existsSync(join(before.directory, 'checkpoint')) && textOf(before.directory)
    const next = await opened(root, { key: keys.signingKey })
    expect(next.directory).not.toBe(before.directory)
    await next.journal.append(some(1))
    expect(next.systemEvents.map(({ action, payload }) => [action, payload.reason])).toEqual([['recovered', reason]])
    await next.journal.close()
    expect(existsSync(join(before.directory, 'checkpoint')) && textOf(before.directory)).toBe(checkpoint)
    expect(JSON.parse(readFileSync(join(before.directory, 'damaged.json'), 'utf8'))).toEqual({ reason })
  },
)

test.each([
  ['unsigned', { key: keys.signingKey }],
  [{ key: keys.signingKey }, 'unsigned'],
  [{ key: keys.signingKey }, { key: others.signingKey }],
] as const)('a log with a seal by other keys is not continued: %j, then %j', async (one, other) => {
  const root = temporaryDirectory()
  const before = await opened(root, one)
  await before.journal.append(some(2))
  await before.journal.close()
  const next = await opened(root, other)
  expect(next.directory).not.toBe(before.directory)
  await next.journal.close()
})

test('an older copy of the directory is not continued if an anchor has a newer checkpoint', async () => {
  const root = temporaryDirectory()
  let latest: string | undefined
  const anchor: Anchor = {
    name: 'elsewhere',
    publish: async ({ checkpoint }) => void (latest = checkpoint),
    latest: async () => latest,
  }
  const before = await opened(root, { key: keys.signingKey }, [anchor])
  await before.journal.append(some(2))
  await before.journal.close()
  const newest = latest!
  latest = undefined
  const again = await opened(root, { key: keys.signingKey }, [anchor])
  expect(again.directory).toBe(before.directory)
  await again.journal.close()
  latest = newest.replace('\n2\n', '\n7\n')
  const rolledBack = await opened(root, { key: keys.signingKey }, [anchor])
  expect(rolledBack.directory).not.toBe(before.directory)
  await rolledBack.journal.append([])
  expect(rolledBack.systemEvents.map(({ payload }) => payload.reason)).toEqual(['rolled-back'])
  await rolledBack.journal.close()
})

test('unreadable events are not sealed, and the process continues in another log', async () => {
  const running = await opened(temporaryDirectory(), { key: keys.signingKey })
  await running.journal.append(some(2))
  await sealed(running, 2)
  await running.journal.append(some(2, 2))
  const unreadable = linesOf(running.directory).findIndex((line) => line.includes('event 2'))
  const [name] = readdirSync(join(running.directory, 'log'))
  const path = join(running.directory, 'log', name!)
  writeFileSync(path, readFileSync(path, 'utf8').replace('event 2', 'event X'))
  await until(running, () => running.systemEvents.some(({ action }) => action === 'recovered'))
  await running.journal.append(some(1))
  expect(running.systemEvents.map(({ action, payload }) => [action, payload.reason])).toContainEqual(['recovered', 'unreadable'])
  expect(running.journal.status().source).not.toContain(running.directory.slice(-8))
  expect(
    opening(running.directory, `kit/${running.journal.status().source!.split('/')[1]}/${running.directory.slice(-8)}`).size,
  ).toBeLessThanOrEqual(unreadable)
  await running.journal.close()
})

test('an unavailable signer is reported and retried; meanwhile the journal accepts events and removes delivered ones', async () => {
  let isAway = true
  const { verifierKey } = keys
  const signer = parseSigningKey(keys.signingKey)
  const kms = {
    ...signer,
    verifierKey,
    sign: (text: Uint8Array) => (isAway ? Promise.reject(new Error('no route')) : signer.sign(text)),
  }
  const running = await opened(temporaryDirectory(), { key: kms })
  await running.journal.append(some(4))
  await until(running, () => running.said.length > 0)
  expect(running.said[0]).toMatch(/^A log could not be sealed: Error at .+\. Its events are safe; sealing is retried\.$/)
  expect(running.journal.status().problems?.[0]).toMatch(
    /^A log has not been sealed since 2026-01-01T00:00:0\d\.000Z: Error at .+\.$/,
  )
  isAway = false
  await sealed(running, 4)
  expect(opening(running.directory, running.journal.status().source!).size).toBeGreaterThanOrEqual(4)
  expect(running.journal.status().problems).toEqual([])
  await running.journal.close()
})

test('a signer that never answers does not delay the end of a process, and the next process can take the log', async () => {
  const root = temporaryDirectory()
  const signer = parseSigningKey(keys.signingKey)
  const silent = { ...signer, sign: () => new Promise<never>(() => undefined) }
  const first = await opened(root, { key: keys.signingKey })
  await first.journal.append(some(2))
  await first.journal.close()
  const running = await opened(root, { key: silent })
  expect(running.directory).toBe(first.directory)
  await running.journal.append(some(2))
  await running.clock.advance(1_000)
  await running.journal.close()
  const next = await opened(root, { key: keys.signingKey })
  expect(next.directory).toBe(first.directory)
  await sealed(next, 4)
  await next.journal.close()
})

test('an orphaned log is sealed to its end, and the log of the recovering process records that seal', async () => {
  const root = temporaryDirectory()
  const running = await opened(root, 'unsigned')
  const left = fileJournal({ directory: root })
  await left.open(journalOpening(manualClock()))
  await left.append(some(300))
  const origin = left.status().source!
  await left.close()
  const reader = await running.journal.cursor('reader', { wants: () => true, from: 'oldest' })
  const taken: string[] = []
  const limits = { maxEvents: 1_000, maxBytes: 1 << 20, maxAgeMs: 0 }
  void (async () => {
    for (;;) {
      const batch = await reader.next(limits, new AbortController().signal)
      taken.push(...batch.lines)
      await reader.acknowledge(batch.end)
    }
  })().catch(() => undefined)
  await until(running, () => running.systemEvents.some(({ payload }) => payload.origin === origin))
  const { payload } = running.systemEvents.find((systemEvent) => systemEvent.payload.origin === origin)!
  const lines = taken.filter((line) => line.includes(`"source":${JSON.stringify(origin)},`))
  expect(lines).toHaveLength(300)
  expect(parseCheckpoint(payload.checkpoint)).toMatchObject({ origin, size: 300, root: rootOf(lines) })
  expect(textOf(join(root, `kit-${origin.slice(-8)}`))).toBe(payload.checkpoint)
  await running.journal.close()
})

test('hashes that the disk did not accept are all written again', async () => {
  const failing: string[] = []
  const disk = overriddenDisk(nodeFileSystem, {
    async open(path, mode) {
      if (path.endsWith('tiles/0') && failing[0] === mode)
        throw Object.assign(new Error('EIO'), { code: failing.shift() && 'EIO' })
      return nodeFileSystem.open(path, mode)
    },
  })
  const running = await opened(temporaryDirectory(), 'unsigned', [], disk)
  await running.journal.append(some(100))
  await sealed(running, 100)
  failing.push('update')
  await running.journal.append(some(200, 100))
  await sealed(running, 300)
  expect(failing).toEqual([])
  const leaves = linesOf(running.directory).map((line) => leafHash(line))
  const kept = readFileSync(join(running.directory, 'tiles/0'))
  expect(kept.length).toBeGreaterThanOrEqual(300 * 32)
  expect(kept).toEqual(Buffer.concat(leaves.slice(0, kept.length / 32)))
  await running.journal.close()
})

test('extra bytes after the hashes in their file change nothing', async () => {
  const root = temporaryDirectory()
  const before = await opened(root, 'unsigned')
  await before.journal.append(some(5))
  await before.journal.close()
  appendFileSync(join(before.directory, 'tiles/0'), Buffer.alloc(77, 9))
  const next = await opened(root, 'unsigned')
  await next.journal.append(some(5, 5))
  await next.journal.close()
  expect(parseCheckpoint(textOf(before.directory))).toMatchObject({ size: 10, root: rootOf(linesOf(before.directory)) })
})
