import fc from 'fast-check'
import { expect, test } from 'vitest'
import { refusal } from '../../test/refusal.ts'
import { formatCheckpoint, openCheckpoint, parseCheckpoint } from '../checkpoint.ts'
import { parseTlogProof } from '../tlog-proof.ts'
import { openNote, parseNote, signNote } from './signed-note.ts'
import { generateKeyPair, parseSigningKey } from './signing-key.ts'
import { parseVerifierKey } from './verifier-key.ts'

const keys = generateKeyPair('example.com/log')
const signers = [parseSigningKey(keys.signingKey)]
const verifiers = [parseVerifierKey(keys.verifierKey)]
const anything = fc.string({ unit: 'binary', maxLength: 200 })

test('any text is signed and opened, or refused', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(anything, fc.stringMatching(/^[a-z\n—]*$/)), async (start) => {
      const text = `${start}\n`
      // oxlint-disable-next-line no-control-regex
      const isNote = !/[\u0000-\u0009\u000b-\u001f]/.test(text) && Buffer.from(text).toString() === text
      const note = await signNote(text, signers).catch(({ code }: { code: string }) => ({ code }))
      if (typeof note === 'string') expect([isNote, openNote(note, verifiers).text]).toEqual([true, text])
      else expect([isNote, note.code]).toEqual([false, 'PROOF_MALFORMED'])
    }),
  )
})

test('a note with any bytes changed is refused with a ProofError', async () => {
  const note = Buffer.from(await signNote(formatCheckpoint({ origin: 'log', size: 7, root: Buffer.alloc(32, 7) }), signers))
  fc.assert(
    fc.property(fc.nat(note.length - 1), fc.nat(8), fc.uint8Array({ maxLength: 8 }), (at, cut, put) => {
      const changed = Buffer.concat([note.subarray(0, at), put, note.subarray(at + cut)])
      fc.pre(!changed.equals(note))
      expect(refusal(() => openCheckpoint(changed, { origin: 'log', verifiers }))).toBeDefined()
    }),
    { numRuns: 2_000 },
  )
})

test('any input is either read or refused with a ProofError', () => {
  const lines = fc.array(fc.oneof(anything, fc.constantFrom('', '—', '7', 'index 7', 'extra ', 'c2sp.org/tlog-proof@v1')), {
    maxLength: 8,
  })
  fc.assert(
    fc.property(
      fc.oneof(
        anything,
        lines.map((each) => each.join('\n')),
      ),
      fc.uint8Array(),
      (text, bytes) => {
        for (const read of [parseNote, parseCheckpoint, parseTlogProof, parseVerifierKey, parseSigningKey])
          refusal(() => read(text))
        refusal(() => parseNote(bytes))
      },
    ),
    { numRuns: 1_000 },
  )
})

test('a checkpoint is parsed back into its parts, or refused when formatted', () => {
  const root = fc.uint8Array({ minLength: 31, maxLength: 33 })
  fc.assert(
    fc.property(
      fc.oneof(anything, fc.string()),
      fc.oneof(
        fc.maxSafeNat(),
        fc.double().map((size) => size + 0),
      ),
      root,
      (origin, size, bytes) => {
        const checkpoint = { origin, size, root: Buffer.from(bytes) }
        const code = refusal(() => formatCheckpoint(checkpoint))
        if (code) expect(code).toBe('PROOF_MALFORMED')
        else expect(parseCheckpoint(formatCheckpoint(checkpoint))).toEqual(checkpoint)
      },
    ),
  )
})
