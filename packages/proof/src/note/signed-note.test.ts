import { describe, expect, test } from 'vitest'
import { refusal } from '../../test/refusal.ts'
import { openNote, parseNote, signNote } from './signed-note.ts'
import { createSigner, parseSigningKey } from './signing-key.ts'
import { parseVerifierKey } from './verifier-key.ts'

// The keys and notes of the tests of Go's sumdb/note.
const peter = parseVerifierKey('PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW')
const enoch = parseVerifierKey('EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop')
const signer = parseSigningKey('PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz')
const text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
const peterLine = '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n'
const enochLine = '— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n'
const note = `${text}\n${peterLine}`

const names = (signatures: readonly { readonly name: string }[]) => signatures.map(({ name }) => name)

describe('signing', () => {
  test('signing makes the same note as Go', async () => expect(await signNote(text, [signer])).toBe(note))

  test('signing with several keys adds a line for each, in order', async () => {
    const other = parseSigningKey('PRIVATE+KEY+EnochRoot+af0cfe78+AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA')
    expect(await signNote(text, [signer, other])).toBe(`${text}\n${peterLine}${enochLine}`)
    expect(await signNote(text, [other, signer])).toBe(`${text}\n${enochLine}${peterLine}`)
  })

  test.each([
    ['without its last newline', 'abc', 'PROOF_MALFORMED'],
    ['that is empty', '', 'PROOF_MALFORMED'],
    ['with a control character', 'a\tb\n', 'PROOF_MALFORMED'],
    ['with a lone surrogate', 'a\uD83D\n', 'PROOF_MALFORMED'],
    ['that is too long', `${'x'.repeat(1_000_000)}\n`, 'PROOF_MALFORMED'],
  ])('signing refuses a text %s', async (_, wrong, code) => {
    let asked = 0
    const counting = { ...signer, sign: (bytes: Uint8Array) => (asked++, signer.sign(bytes)) }
    await expect(signNote(wrong, [counting])).rejects.toMatchObject({ code })
    expect(asked).toBe(0)
  })

  test('signing without signers is refused', async () => {
    await expect(signNote(text, [])).rejects.toMatchObject({ code: 'PROOF_UNSIGNED' })
  })

  test('signing with a key other than the one the signer names is refused', async () => {
    const publicKey = Buffer.from(
      parseSigningKey('PRIVATE+KEY+EnochRoot+af0cfe78+AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA').verifierKey.split('+')[2]!,
      'base64',
    )
    const mixedUp = createSigner('PeterNeumann', publicKey.subarray(1), signer.sign)
    await expect(signNote(text, [mixedUp])).rejects.toMatchObject({ code: 'PROOF_BAD_SIGNATURE' })
    await expect(signNote(text, [signer, mixedUp])).rejects.toMatchObject({ code: 'PROOF_BAD_SIGNATURE' })
    const silent = createSigner('PeterNeumann', publicKey.subarray(1), () => Buffer.alloc(0))
    await expect(signNote(text, [silent])).rejects.toMatchObject({ code: 'PROOF_MALFORMED' })
  })

  test('signing rejects with the error of the signer', async () => {
    const failing = { ...signer, sign: () => Promise.reject(new Error('the KMS is away')) }
    await expect(signNote(text, [failing])).rejects.toThrow('the KMS is away')
  })

  test('a text may have empty lines: the last one of the note separates the signatures', async () => {
    const poem = 'one\n\n\n— not PeterNeumann\n\ntwo\n'
    expect(openNote(await signNote(poem, [signer]), [peter]).text).toBe(poem)
    expect(openNote(await signNote('\n', [signer]), [peter]).text).toBe('\n')
  })
})

describe('opening', () => {
  test('opening lists signatures of unknown keys separately', () => {
    const opened = openNote(`${note}${enochLine}`, [peter])
    expect([opened.text, names(opened.verified), names(opened.unknown)]).toEqual([text, ['PeterNeumann'], ['EnochRoot']])
    expect(opened.verified[0]!.verifier).toBe(peter)
  })

  test('opening accepts bytes and text alike', () =>
    expect(openNote(Buffer.from(note), [peter])).toEqual(openNote(note, [peter])))

  test('opening lists all known signers in the order of their lines', () => {
    const opened = openNote(`${text}\n${enochLine}${peterLine}`, [peter, enoch])
    expect([names(opened.verified), opened.unknown]).toEqual([['EnochRoot', 'PeterNeumann'], []])
  })

  test('a note that only unknown keys signed is refused, and the error names them', () => {
    expect(refusal(() => openNote(note, []))).toBe('PROOF_UNSIGNED')
    expect(() => openNote(note, [enoch])).toThrow(
      'None of the known keys has signed this. It is signed by PeterNeumann+c74f20a3.',
    )
  })

  test('the error names only a few of many unknown keys', () => {
    const crowd = Array.from({ length: 100 }, (_, index) => peterLine.replace('Peter', `${index}${'x'.repeat(100)}`)).join('')
    expect(() => openNote(`${text}\n${crowd}`, [peter])).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/^.{50,800}$/) }),
    )
  })

  test('opening lists a known and an unknown signature once, even if it is repeated', () => {
    const opened = openNote(`${text}\n${peterLine}${peterLine}${enochLine}${enochLine}`, [peter])
    expect([names(opened.verified), names(opened.unknown)]).toEqual([['PeterNeumann'], ['EnochRoot']])
  })

  test('opening lists two different signatures of one unknown key', () => {
    const other = enochLine.replace('5n2t', '5nABCD2t')
    expect(openNote(`${note}${enochLine}${other}`, [peter]).unknown.length).toBe(2)
  })

  test('a wrong signature of a known key is refused, on any line and next to correct ones', () => {
    const wrong = peterLine.replace('SffcvIAQ', 'SffcvIAR')
    for (const lines of [wrong, `${wrong}${peterLine}`, `${peterLine}${wrong}`, `${enochLine}${wrong}`]) {
      expect(refusal(() => openNote(`${text}\n${lines}`, [peter, enoch]))).toBe('PROOF_BAD_SIGNATURE')
    }
    const longer = `${peterLine.slice(0, 60)}ABCD${peterLine.slice(60)}`
    expect(refusal(() => openNote(`${text}\n${longer}`, [peter]))).toBe('PROOF_BAD_SIGNATURE')
  })

  test('a changed text is refused', () => {
    expect(refusal(() => openNote(note.replace('answer', 'question'), [peter]))).toBe('PROOF_BAD_SIGNATURE')
    expect(refusal(() => openNote(`\n${note}`, [peter]))).toBe('PROOF_BAD_SIGNATURE')
    expect(refusal(() => openNote(`\uFEFF${note}`, [peter]))).toBe('PROOF_BAD_SIGNATURE')
    expect(refusal(() => openNote(Buffer.from(`\uFEFF${note}`), [peter]))).toBe('PROOF_BAD_SIGNATURE')
  })

  test('a key is recognised by name and id together only', () => {
    const renamed = peterLine.replace('PeterNeumann', 'CarmenSandiego')
    const renumbered = peterLine.replace('x08g', 'xxxx')
    for (const line of [renamed, renumbered]) expect(refusal(() => openNote(`${text}\n${line}`, [peter]))).toBe('PROOF_UNSIGNED')
  })

  test('a verifier that is given twice is listed once', () => {
    expect(names(openNote(note, [peter, enoch, peter]).verified)).toEqual(['PeterNeumann'])
  })

  test('if two verifiers have the same name and id, the one that signed is listed', () => {
    const collision = { ...peter, verify: () => false }
    expect(openNote(note, [collision, peter]).verified[0]!.verifier).toBe(peter)
    expect(refusal(() => openNote(note, [collision, collision]))).toBe('PROOF_BAD_SIGNATURE')
  })
})

describe('a note is refused', () => {
  test.each<[string, string | Uint8Array]>([
    ['nothing', ''],
    ['a text', text],
    ['a text and an empty line', `${text}\n`],
    ['a text and two empty lines', `${text}\n\n`],
    ['one without an empty line', `${text}${peterLine}`],
    ['one without its last newline', note.slice(0, -1)],
    ['one with a newline too many', `${note}\n`],
    ['one with a control character', `\u0001${note}`],
    ['one with a tab', `\t${note}`],
    ['one with carriage returns', note.replaceAll('\n', '\r\n')],
    ['one with a lone surrogate', `\uD83D${note}`],
    ['one that is not UTF-8', Buffer.concat([Buffer.of(0xff), Buffer.from(note)])],
    ['one that is not UTF-8 in its signatures', Buffer.concat([Buffer.from(note.slice(0, -1)), Buffer.of(0xc3, 0x0a)])],
    ['one signed by a bad name', `${text}\n${peterLine.replace('PeterNeumann', 'Bad Name')}`],
    ['one signed by a name with a plus', `${text}\n${peterLine.replace('PeterNeumann', 'Bad+Name')}`],
    ['one signed by no name', `${text}\n${peterLine.replace('PeterNeumann', '')}`],
    ['one with a line too many', `${note}Unexpected line.\n`],
    ['one with an indented signature', `${text}\n ${peterLine}`],
    ['one with a hyphen for the dash', `${text}\n${peterLine.replace('—', '-')}`],
    ['one with a key id and no signature', `${text}\n— PeterNeumann x08gow==\n`],
    ['one with an empty signature', `${text}\n— PeterNeumann \n`],
    ['one with a signature without padding', `${text}\n${peterLine.replace('=', '')}`],
    ['one with spare bits in a signature', `${text}\n${peterLine.replace('nAM=', 'nAN=')}`],
    ['one with URL-safe Base64', `${text}\n${peterLine.replaceAll('/', '_')}`],
    ['one with 101 signatures', `${text}\n${peterLine.repeat(101)}`],
    ['one of more than 1,000,000 bytes', `${'é'.repeat(500_000)}\n\n${peterLine}`],
  ])('opening refuses %s', (_, wrong) => {
    expect(refusal(() => parseNote(wrong))).toBe('PROOF_MALFORMED')
    expect(refusal(() => openNote(wrong, [peter]))).toBe('PROOF_MALFORMED')
    expect(refusal(() => openNote(wrong, []))).toBe('PROOF_MALFORMED')
  })
})

describe('a note is accepted', () => {
  test('a note with 100 signatures is accepted', () => {
    expect(openNote(`${text}\n${peterLine.repeat(100)}`, [peter]).verified.length).toBe(1)
  })
  test('the note in the C2SP specification, which is not all ASCII, is accepted', () => {
    const lines =
      '— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n'
    const poem = 'Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n'
    const parsed = parseNote(`${poem}\n${lines}`)
    expect(parsed.text).toBe(poem)
    expect(parsed.signatures).toMatchObject([{ name: 'quasimodo.example/salvatore', keyId: 0x36_7b_a0_4b }])
  })
  test('a test vector of C2SP is accepted', () => {
    const line =
      '— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n'
    const key = parseVerifierKey('example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k')
    expect(openNote(`This is an example message.\n\n${line}`, [key]).text).toBe('This is an example message.\n')
  })
})
