import { randomBytes, randomInt } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  formatCheckpoint,
  generateKeyPair,
  leafHash,
  openCheckpoint,
  openNote,
  parseSigningKey,
  parseVerifierKey,
  proveConsistency,
  proveInclusion,
  rootAt,
  signNote,
  tilePath,
  tilesOf,
  verifyConsistency,
  verifyInclusion,
} from '../src/index.ts'
import { buildGoVerifier, findGo, type GoClaim } from './go.ts'
import { growTree } from './grown-tree.ts'

// Compared with Go's sumdb/note and sumdb/tlog, with new random keys, entries and sizes in each run.

const go = findGo()
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
const bytes = (text: string) => Buffer.from(text, 'base64')

const origin = 'example.com/audit/orders/x7k2m9qa'
const keys = generateKeyPair('example.com/audit/orders')
const next = generateKeyPair('example.com/audit/orders')
const signers = [keys, next].map(({ signingKey }) => parseSigningKey(signingKey))
const verifiers = [keys, next].map(({ verifierKey }) => parseVerifierKey(verifierKey))
const vkeys = [keys.verifierKey]

const SIZE = 66_000 // beyond 256 · 256, so that there are three levels of tiles
const lines = Array.from(
  { length: SIZE },
  (_, index) => `{"id":"${randomBytes(6).toString('hex')}","note":"é💥","sequence":${index}}`,
)
const { read } = growTree(lines.map((line) => leafHash(line)))
const checkpointAt = (size: number) => signNote(formatCheckpoint({ origin, size, root: rootAt(size, read) }), signers)
const sizes = [1, 2, 3, 255, 256, 257, 65_535, 65_536, SIZE, ...Array.from({ length: 20 }, () => randomInt(1, SIZE + 1))]

/** The claim with one part changed each: every one of these is false. */
function tampered(claim: GoClaim): readonly GoClaim[] {
  const { note = '', oldNote, proof = [], line, index = 0 } = claim
  const turned = (text: string, at: number) => {
    const changed = bytes(text)
    changed[at % changed.length]! ^= 1
    return base64(changed)
  }
  const size = note.split('\n')[1]!
  return [
    { ...claim, note: note.replace(`\n${size}\n`, `\n${Number(size) + 1}\n`) },
    { ...claim, note: note.replace(origin, `${origin}x`) },
    { ...claim, note: note.replace(/\n.{44}\n/, (root) => `\n${turned(root.trim(), randomInt(32))}\n`) },
    { ...claim, note: note.replace(/ \S{92}\n/, (signature) => ` ${turned(signature.trim(), 4 + randomInt(64))}\n`) },
    { ...claim, note: note.slice(0, -1) },
    { ...claim, vkeys: [generateKeyPair('example.com/audit/orders').verifierKey] },
    ...(line === undefined
      ? []
      : [
          { ...claim, line: `${line} ` },
          { ...claim, line: line.replace('sequence', 'Sequence') },
        ]),
    ...(line === undefined
      ? []
      : [
          { ...claim, index: index + 1 },
          { ...claim, index: index - 1 },
        ]),
    ...(oldNote === undefined
      ? []
      : [{ ...claim, oldNote: oldNote.replace(/\n(.{44})\n/, (_, root: string) => `\n${turned(root, 3)}\n`) }]),
    ...(claim.proof ? [{ ...claim, proof: [...proof, base64(randomBytes(32))] }] : []),
    ...proof.flatMap((hash, at) => [
      { ...claim, proof: proof.with(at, turned(hash, at)) },
      { ...claim, proof: proof.toSpliced(at, 1) },
    ]),
  ]
}

describe.skipIf(!go)("Go's sumdb (skipped without Go)", () => {
  let verifier: ReturnType<typeof buildGoVerifier>
  beforeAll(() => {
    verifier = buildGoVerifier(go!)
  }, 300_000)
  afterAll(() => verifier?.remove())

  function expectBelieved(claims: readonly GoClaim[]): void {
    expect(verifier.ask(claims).filter(({ error }) => error)).toEqual([])
  }
  function expectRefused(claims: readonly GoClaim[]): void {
    const believed = verifier.ask(claims).flatMap(({ error }, at) => (error ? [] : [claims[at]]))
    expect(believed).toEqual([])
    expect(claims.length).toBeGreaterThan(0)
  }

  test('opens our checkpoints by either key or both, and no tampered one', async () => {
    const notes = await Promise.all(sizes.map(checkpointAt))
    const claims = notes.flatMap((note) =>
      [vkeys, [next.verifierKey], [keys.verifierKey, next.verifierKey]].map((each) => ({
        kind: 'checkpoint' as const,
        vkeys: each,
        note,
      })),
    )
    expectBelieved(claims)
    expect(verifier.ask(claims).map(({ signers }) => signers?.length)).toEqual(notes.flatMap(() => [1, 1, 2]))
    expectRefused(notes.flatMap((note) => tampered({ kind: 'checkpoint', vkeys, note })))
  })

  test('accepts our inclusion proofs, and no tampered one', async () => {
    const claims = await Promise.all(
      sizes.flatMap((size) =>
        [0, size - 1, randomInt(size)].map(async (index) => {
          const proof = proveInclusion(index, size, read).map(base64)
          return { kind: 'inclusion' as const, vkeys, note: await checkpointAt(size), line: lines[index]!, index, proof }
        }),
      ),
    )
    expectBelieved(claims)
    expectRefused(claims.flatMap(tampered))
  })

  test('accepts our consistency proofs, and no tampered one', async () => {
    const claims = await Promise.all(
      sizes.flatMap((size) =>
        [1, size, randomInt(1, size + 1)].map(async (oldSize) => {
          const proof = proveConsistency(oldSize, size, read).map(base64)
          return {
            kind: 'consistency' as const,
            vkeys,
            note: await checkpointAt(size),
            oldNote: await checkpointAt(oldSize),
            proof,
          }
        }),
      ),
    )
    expectBelieved(claims)
    expectRefused(claims.flatMap(tampered))
  })

  test('reads every leaf from our tiles, and none from a tampered one', async () => {
    const tiles = Object.fromEntries(
      tilesOf(SIZE).map((tile) => [
        tilePath(tile),
        base64(
          Buffer.concat(
            Array.from({ length: tile.width }, (_, at) => read({ level: tile.level * 8, index: tile.index * 256 + at })!),
          ),
        ),
      ]),
    )
    const claim = { kind: 'tiles' as const, vkeys, note: await checkpointAt(SIZE), tiles }
    expectBelieved([claim])
    const paths = Object.keys(tiles)
    const some = [paths[0]!, paths.at(-1)!, 'tile/1/000', paths[randomInt(paths.length)]!]
    expectRefused(
      some.map((path) => {
        const changed = bytes(tiles[path]!)
        changed[randomInt(changed.length)]! ^= 1
        return { ...claim, tiles: { ...tiles, [path]: base64(changed) } }
      }),
    )
  })

  test('signs with our keys so that we can open it, and refuses a mangled key', () => {
    const text = formatCheckpoint({ origin, size: 3, root: rootAt(3, read) })
    const [signed] = verifier.ask([{ kind: 'sign', skey: keys.signingKey, text }])
    expect(signed!.error).toBe('')
    expect(openCheckpoint(signed!.note!, { origin, verifiers }).size).toBe(3)
    expectRefused([
      { kind: 'sign', skey: keys.signingKey.replace('orders', 'order'), text },
      { kind: 'checkpoint', note: signed!.note!, vkeys: [keys.verifierKey.replace('orders', 'order')] },
    ])
  })

  test('accepts and refuses the same notes as we do', async () => {
    const note = await signNote('a text\n\nof 💥 paragraphs\n', signers)
    const line = note.slice(note.lastIndexOf('\n— ') + 1)
    const texts = [
      note,
      `${note}${line}${line}`,
      note.replace('\n\n—', '\n—'),
      `${note}\n`,
      `\t${note}`,
      `${note}no signature\n`,
      `${note}${line.replace('— ', '- ')}`,
      `${note}${line.replace('example', 'another')}`,
      `${note}${line.replace('example', 'an other')}`,
      `${note}${line.replace('example', 'an+other')}`,
      `${note}${line.replace('=\n', '\n')}`,
      `${note}${line.replace('example', 'another').repeat(98)}`,
      `${note}${line.replace('example', 'another').repeat(99)}`,
      note.replaceAll('\n', '\r\n'),
    ]
    // These notes are not checkpoints, which Go is asked to read. Its error shows whether it could open the note.
    const ours = texts.map((text) => {
      try {
        return openNote(text, verifiers.slice(0, 1)).verified.length > 0
      } catch {
        return false
      }
    })
    const answers = verifier.ask(texts.map((text) => ({ kind: 'checkpoint', vkeys, note: text })))
    expect(answers.map(({ error }) => !/malformed note|invalid signature|no verifiable/.test(error))).toEqual(ours)
    expect(new Set(ours)).toEqual(new Set([true, false]))
  })

  test('makes proofs that we accept', () => {
    const claims = Array.from({ length: 40 }, () => {
      const size = randomInt(1, 600)
      return { kind: 'prove' as const, lines: lines.slice(0, size), index: randomInt(size), oldSize: randomInt(1, size + 1) }
    })
    for (const [at, answer] of verifier.ask(claims).entries()) {
      const { index, oldSize, lines: own } = claims[at]!
      const size = own.length
      expect([answer.error, answer.root]).toEqual(['', base64(rootAt(size, read))])
      const [root, inclusion, consistency] = [bytes(answer.root), answer.inclusion ?? [], answer.consistency ?? []]
      verifyInclusion({ index, size, leaf: leafHash(own[index]!), root, proof: inclusion.map(bytes) })
      verifyConsistency({ oldSize, oldRoot: rootAt(oldSize, read), newSize: size, newRoot: root, proof: consistency.map(bytes) })
      expect(inclusion).toEqual(proveInclusion(index, size, read).map(base64))
      expect(consistency).toEqual(proveConsistency(oldSize, size, read).map(base64))
    }
  })
})
