import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKeyPair, parseTlogProof, proveConsistency, tilePath, tilesOf } from '@audit/proof'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { honestJournal, keys, segmentsIn } from '../test/honest-journal.ts'
import { findEvents } from './prove/find-event.ts'
import { proveEvent } from './prove/prove-event.ts'
import { TileFiles } from './verify/tile-files.ts'

// Checks a trail of a real audit with programs that share no code with ours: Go's sumdb/note and sumdb/tlog, and sha256sum.

const GO_PROGRAM = join(import.meta.dirname, '../../proof/test/go')
const go = ['go', '/usr/local/go/bin/go'].find((path) => spawnSync(path, ['version']).status === 0)
if (!go)
  process.stderr.write("\nSKIPPED: Go is not here, so sealed trails are not held against Go's sumdb/note and sumdb/tlog.\n")

interface Claim {
  readonly kind: 'checkpoint' | 'inclusion' | 'consistency' | 'tiles'
  readonly vkeys: readonly string[]
  readonly note: string
  readonly [what: string]: unknown
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')

describe.skipIf(!go)('Go (skipped if it is not installed)', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'audit-cli-go-'))
    const built = spawnSync(go!, ['build', '-o', join(folder, 'check'), '.'], { cwd: GO_PROGRAM, encoding: 'utf8' })
    if (built.status !== 0) throw new Error(built.stderr)
  }, 300_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  /** Returns Go's error for each claim, or an empty string if Go accepts it. */
  function ask(claims: readonly Claim[]): readonly string[] {
    const { stdout, stderr, status } = spawnSync(join(folder, 'check'), { input: JSON.stringify(claims), encoding: 'utf8' })
    if (status !== 0) throw new Error(stderr)
    return (JSON.parse(stdout) as readonly { readonly error: string }[]).map(({ error }) => error)
  }

  test('Go opens every checkpoint of a trail, accepts its proofs and hashes, and refuses changed ones', async () => {
    const { log, anchor } = await honestJournal({ runs: [400, 5, 200], segmentBytes: 16 << 10 })
    const note = readFileSync(join(log, 'checkpoint'), 'utf8')
    const vkeys = [keys.verifierKey]
    const size = Number(note.split('\n')[1])
    // 605 events, three lives of three system events each, and the seals of lives that took longer than a second.
    expect(size).toBeGreaterThanOrEqual(614)

    const anchored = readFileSync(anchor, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { size: number; checkpoint: string })
    const older = anchored.filter((one) => one.size > 0)
    expect(older.length).toBeGreaterThan(3)
    const tiles = new TileFiles(join(log, 'tiles'))
    const consistent: readonly Claim[] = older.map((one) => ({
      kind: 'consistency',
      vkeys,
      note,
      oldNote: one.checkpoint,
      proof: proveConsistency(one.size, size, tiles.hashes).map(base64),
    }))
    const included: Claim[] = []
    for (const sequence of [0, 1, 255, 256, 400, size - 1]) {
      const [event] = await findEvents([log], sequence)
      const { proof } = parseTlogProof((await proveEvent(event!)).proof)
      included.push({ kind: 'inclusion', vkeys, note, line: event!.entry.toString(), index: sequence, proof: proof.map(base64) })
    }
    const files = new Map([0, 1].map((level) => [level, readFileSync(join(log, 'tiles', String(level)))]))
    const stored = Object.fromEntries(
      tilesOf(size).map((tile) => {
        const start = tile.index * 8_192
        return [tilePath(tile), base64(files.get(tile.level)!.subarray(start, start + tile.width * 32))]
      }),
    )
    const honest: readonly Claim[] = [
      { kind: 'checkpoint', vkeys, note },
      ...consistent,
      ...included,
      { kind: 'tiles', vkeys, note, tiles: stored },
    ]
    expect(ask(honest).filter(Boolean)).toEqual([])

    const stranger = [generateKeyPair('flags-api').verifierKey]
    const lies: readonly Claim[] = [
      ...honest.map((claim) => ({ ...claim, note: claim.note.replace(`\n${size}\n`, `\n${size - 1}\n`) })),
      ...honest.map((claim) => ({ ...claim, vkeys: stranger })),
      ...included.map((claim) => ({ ...claim, line: String(claim['line']).replace('"action":"', '"action":"un') })),
      ...included.map((claim) => ({ ...claim, index: Number(claim['index']) + 1 })),
      { kind: 'tiles', vkeys, note, tiles: { ...stored, 'tile/0/000': base64(Buffer.alloc(8_192, 1)) } },
    ]
    expect(ask(lies).filter((error) => !error)).toEqual([])
    tiles.close()
  })
})

const hasSha256sum = spawnSync('sha256sum', ['--version']).status === 0 || process.env['CI'] === 'true'
if (!hasSha256sum) process.stderr.write('\nSKIPPED: sha256sum is not on the PATH, so the leaf was not compared with it.\n')

test.skipIf(!hasSha256sum)('sha256sum reproduces the leaf of a line of the journal', async () => {
  const { log } = await honestJournal({ runs: [5] })
  const [segment] = segmentsIn(log).toReversed()
  const script = `line=$(sed -n 4p "$segment" | sed 's/\\(,"tag":"[^"]*"\\)\\?,"crc":"[0-9a-f]*"}$/}/'); (printf '\\0'; printf %s "$line") | sha256sum | cut -c-64`
  const { stdout } = spawnSync('sh', ['-c', script], { env: { ...process.env, segment }, encoding: 'utf8' })
  expect(stdout.trim()).toBe(
    readFileSync(join(log, 'tiles/0'))
      .subarray(3 * 32, 4 * 32)
      .toString('hex'),
  )
})
