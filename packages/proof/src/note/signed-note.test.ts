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
  test('gives the note that Go gives', async () => expect(await signNote(text, [signer])).toBe(note))

  test('by several keys has a line of each, in their order', async () => {
    const other = parseSigningKey('PRIVATE+KEY+EnochRoot+af0cfe78+AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA')
    expect(await signNote(text, [signer, other])).toBe(`${text}\n${peterLine}${enochLine}`)
    expect(await signNote(text, [other, signer])).toBe(`${text}\n${enochLine}${peterLine}`)
  })

  test.each([
    ['without its last newline', 'abc', 'PROOF_MALFORMED'],
    ['that is empty', '', 'PROOF_MALFORMED'],
    ['with a control character', 'a\tb\n', 'PROOF_MALFORMED'],
    ['with half a character', 'a\uD83D\n', 'PROOF_MALFORMED'],
    ['that is too long', `${'x'.repeat(1_000_000)}\n`, 'PROOF_MALFORMED'],
  ])('refuses a text %s', async (_, wrong, code) => {
    let asked = 0
    const counting = { ...signer, sign: (bytes: Uint8Array) => (asked++, signer.sign(bytes)) }
    await expect(signNote(wrong, [counting])).rejects.toMatchObject({ code })
    expect(asked).toBe(0)
  })

  test('by nobody is refused', async () => {
    await expect(signNote(text, [])).rejects.toMatchObject({ code: 'PROOF_UNSIGNED' })
  })

  test('by one who holds another key than it says is refused', async () => {
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

  test('by one that fails fails as it did', async () => {
    const failing = { ...signer, sign: () => Promise.reject(new Error('the KMS is away')) }
    await expect(signNote(text, [failing])).rejects.toThrow('the KMS is away')
  })

  test('a text with empty lines, whose last one divides', async () => {
    const poem = 'one\n\n\n— not PeterNeumann\n\ntwo\n'
    expect(openNote(await signNote(poem, [signer]), [peter]).text).toBe(poem)
    expect(openNote(await signNote('\n', [signer]), [peter]).text).toBe('\n')
  })
})

describe('opening', () => {
  test('keeps the signatures of strangers apart', () => {
    const opened = openNote(`${note}${enochLine}`, [peter])
    expect([opened.text, names(opened.verified), names(opened.unknown)]).toEqual([text, ['PeterNeumann'], ['EnochRoot']])
    expect(opened.verified[0]!.verifier).toBe(peter)
  })

  test('takes bytes as it takes text', () => expect(openNote(Buffer.from(note), [peter])).toEqual(openNote(note, [peter])))

  test('names all who are known, in the order of their lines', () => {
    const opened = openNote(`${text}\n${enochLine}${peterLine}`, [peter, enoch])
    expect([names(opened.verified), opened.unknown]).toEqual([['EnochRoot', 'PeterNeumann'], []])
  })

  test('refuses what only strangers signed, and names them', () => {
    expect(refusal(() => openNote(note, []))).toBe('PROOF_UNSIGNED')
    expect(() => openNote(note, [enoch])).toThrow(
      'None of the keys that are known has signed this. It is signed by PeterNeumann+c74f20a3.',
    )
  })

  test('names a few strangers of many', () => {
    const crowd = Array.from({ length: 100 }, (_, index) => peterLine.replace('Peter', `${index}${'x'.repeat(100)}`)).join('')
    expect(() => openNote(`${text}\n${crowd}`, [peter])).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/^.{50,800}$/) }),
    )
  })

  test('names a verifier and a stranger once, however often they signed', () => {
    const opened = openNote(`${text}\n${peterLine}${peterLine}${enochLine}${enochLine}`, [peter])
    expect([names(opened.verified), names(opened.unknown)]).toEqual([['PeterNeumann'], ['EnochRoot']])
  })

  test('keeps two signatures of one stranger that are not the same', () => {
    const other = enochLine.replace('5n2t', '5nABCD2t')
    expect(openNote(`${note}${enochLine}${other}`, [peter]).unknown.length).toBe(2)
  })

  test('refuses a wrong signature of a known key, wherever it stands and whoever else signed', () => {
    const wrong = peterLine.replace('SffcvIAQ', 'SffcvIAR')
    for (const lines of [wrong, `${wrong}${peterLine}`, `${peterLine}${wrong}`, `${enochLine}${wrong}`]) {
      expect(refusal(() => openNote(`${text}\n${lines}`, [peter, enoch]))).toBe('PROOF_BAD_SIGNATURE')
    }
    const longer = `${peterLine.slice(0, 60)}ABCD${peterLine.slice(60)}`
    expect(refusal(() => openNote(`${text}\n${longer}`, [peter]))).toBe('PROOF_BAD_SIGNATURE')
  })

  test('refuses another text', () => {
    expect(refusal(() => openNote(note.replace('answer', 'question'), [peter]))).toBe('PROOF_BAD_SIGNATURE')
    expect(refusal(() => openNote(`\n${note}`, [peter]))).toBe('PROOF_BAD_SIGNATURE')
    expect(refusal(() => openNote(`\uFEFF${note}`, [peter]))).toBe('PROOF_BAD_SIGNATURE')
    expect(refusal(() => openNote(Buffer.from(`\uFEFF${note}`), [peter]))).toBe('PROOF_BAD_SIGNATURE')
  })

  test('does not know a key by its name alone, nor by its id alone', () => {
    const renamed = peterLine.replace('PeterNeumann', 'CarmenSandiego')
    const renumbered = peterLine.replace('x08g', 'xxxx')
    for (const line of [renamed, renumbered]) expect(refusal(() => openNote(`${text}\n${line}`, [peter]))).toBe('PROOF_UNSIGNED')
  })

  test('a verifier that is given twice is one', () => {
    expect(names(openNote(note, [peter, enoch, peter]).verified)).toEqual(['PeterNeumann'])
  })

  test('of two verifiers with one name and id, the one that signed', () => {
    const collision = { ...peter, verify: () => false }
    expect(openNote(note, [collision, peter]).verified[0]!.verifier).toBe(peter)
    expect(refusal(() => openNote(note, [collision, collision]))).toBe('PROOF_BAD_SIGNATURE')
  })
})

describe('is no note', () => {
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
    ['one with half a character', `\uD83D${note}`],
    ['one that is not UTF-8', Buffer.concat([Buffer.of(0xff), Buffer.from(note)])],
    ['one that is not UTF-8 in its signatures', Buffer.concat([Buffer.from(note.slice(0, -1)), Buffer.of(0xc3, 0x0a)])],
    ['one signed by a bad name', `${text}\n${peterLine.replace('PeterNeumann', 'Bad Name')}`],
    ['one signed by a name with a plus', `${text}\n${peterLine.replace('PeterNeumann', 'Bad+Name')}`],
    ['one signed by no name', `${text}\n${peterLine.replace('PeterNeumann', '')}`],
    ['one with a line too many', `${note}Unexpected line.\n`],
    ['one with an indented signature', `${text}\n ${peterLine}`],
    ['one with a hyphen for the dash', `${text}\n${peterLine.replace('—', '-')}`],
    ['one with a signature of nothing', `${text}\n— PeterNeumann x08gow==\n`],
    ['one with an empty signature', `${text}\n— PeterNeumann \n`],
    ['one with a signature without padding', `${text}\n${peterLine.replace('=', '')}`],
    ['one with spare bits in a signature', `${text}\n${peterLine.replace('nAM=', 'nAN=')}`],
    ['one with Base64 for addresses', `${text}\n${peterLine.replaceAll('/', '_')}`],
    ['one with 101 signatures', `${text}\n${peterLine.repeat(101)}`],
    ['one of more than 1,000,000 bytes', `${'é'.repeat(500_000)}\n\n${peterLine}`],
  ])('%s', (_, wrong) => {
    expect(refusal(() => parseNote(wrong))).toBe('PROOF_MALFORMED')
    expect(refusal(() => openNote(wrong, [peter]))).toBe('PROOF_MALFORMED')
    expect(refusal(() => openNote(wrong, []))).toBe('PROOF_MALFORMED')
  })
})

describe('is a note', () => {
  test('one with 100 signatures', () => {
    expect(openNote(`${text}\n${peterLine.repeat(100)}`, [peter]).verified.length).toBe(1)
  })
  test('that of the specification of C2SP, which is not all ASCII', () => {
    const lines =
      '— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n'
    const poem = 'Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n'
    const parsed = parseNote(`${poem}\n${lines}`)
    expect(parsed.text).toBe(poem)
    expect(parsed.signatures).toMatchObject([{ name: 'quasimodo.example/salvatore', keyId: 0x36_7b_a0_4b }])
  })
  test('and one of its vectors', () => {
    const line =
      '— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n'
    const key = parseVerifierKey('example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k')
    expect(openNote(`This is an example message.\n\n${line}`, [key]).text).toBe('This is an example message.\n')
  })
})
