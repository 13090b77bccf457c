import { decodeBase64, encodeBase64 } from '../base64.ts'
import { ProofError } from '../proof-error.ts'
import { isKeyName, keyLabel } from './key-name.ts'
import type { Signer } from './signing-key.ts'
import { parseVerifierKey, type Verifier } from './verifier-key.ts'

// C2SP signed-note, as Go's `sumdb/note` reads and writes it: a text, an empty line, and one line for each signature.

/** A signature line of a note. It proves nothing until `openNote` has checked it. */
export interface NoteSignature {
  /** The name of the key. */
  readonly name: string
  readonly keyId: number
  /** The bytes after the key id. */
  readonly signature: Uint8Array
}

/** A note whose text at least one known key has signed. */
export interface OpenedNote {
  /** The text, with its last newline. */
  readonly text: string
  readonly verified: readonly (NoteSignature & { readonly verifier: Verifier })[]
  /** Signatures by keys that are not among the verifiers. They prove nothing. */
  readonly unknown: readonly NoteSignature[]
}

/** The same limits as Go's, so that both open the same notes. */
const MOST_SIGNATURES = 100
const MOST_BYTES = 1_000_000
/** At most this number of unknown signatures is named in an error. */
const MOST_NAMED = 5
const KEY_ID_BYTES = 4
/** Control characters other than the newline, and lone surrogates. */
const FORBIDDEN = /(?![\n\u007f-\u009f])\p{Cc}|\p{Cs}/u

/** Splits a note without checking its signatures. Throws `PROOF_MALFORMED`, also beyond 1,000,000 bytes or 100 signatures. */
export function parseNote(note: string | Uint8Array): { readonly text: string; readonly signatures: readonly NoteSignature[] } {
  const whole = readText(note)
  const split = whole.lastIndexOf('\n\n')
  if (split < 0) throw malformed('there is no empty line between text and signatures')
  if (!whole.endsWith('\n')) throw malformed('it does not end with a newline')
  const lines = whole.slice(split + 2, -1).split('\n')
  if (whole.length === split + 2) throw malformed('it has no signatures')
  if (lines.length > MOST_SIGNATURES) throw malformed(`it has ${lines.length} signatures, more than ${MOST_SIGNATURES}`)
  return { text: whole.slice(0, split + 1), signatures: lines.map(parseSignature) }
}

/**
 * Opens a note and checks every signature whose name and key id are those of a verifier. Throws `PROOF_MALFORMED`,
 * `PROOF_BAD_SIGNATURE` if one of these signatures is wrong, even if others are right, and `PROOF_UNSIGNED` without any. A
 * verifier that signed twice is listed once. If several verifiers have the same name and key id, any of them may have signed.
 */
export function openNote(note: string | Uint8Array, verifiers: readonly Verifier[]): OpenedNote {
  const { text, signatures } = parseNote(note)
  const verified: (NoteSignature & { readonly verifier: Verifier })[] = []
  const unknown: NoteSignature[] = []
  for (const signature of signatures) {
    const known = verifiers.filter(({ name, keyId }) => name === signature.name && keyId === signature.keyId)
    const verifier = known.find((each) => each.verify(text, signature.signature))
    if (known.length === 0) addStranger(unknown, signature)
    else if (!verifier)
      throw new ProofError('PROOF_BAD_SIGNATURE', `The signature of ${keyLabel(signature)} does not match this text.`)
    else if (!verified.some((other) => other.verifier === verifier)) verified.push({ ...signature, verifier })
  }
  if (verified.length === 0) {
    const those = signatures.slice(0, MOST_NAMED).map(keyLabel).join(', ')
    throw new ProofError('PROOF_UNSIGNED', `None of the known keys has signed this. It is signed by ${those}.`)
  }
  return { text, verified, unknown }
}

/**
 * Signs a text, which must end with a newline, with each signer in order. Rejects with `PROOF_MALFORMED` if a note cannot hold the
 * text, with `PROOF_UNSIGNED` without signers, and with the error of a signer. The finished note is opened once more, so that a
 * signer whose key is not the one it names is found here (`PROOF_BAD_SIGNATURE`).
 */
export async function signNote(text: string, signers: readonly Signer[]): Promise<string> {
  if (!text.endsWith('\n')) throw malformed('its text does not end with a newline')
  if (signers.length === 0) throw new ProofError('PROOF_UNSIGNED', 'There are no signers. Give at least one.')
  const bytes = Buffer.from(readText(text))
  const lines = await Promise.all(signers.map(async (signer) => formatSignature(signer, await signer.sign(bytes))))
  const note = `${text}\n${lines.join('')}`
  openNote(
    note,
    signers.map(({ verifierKey }) => parseVerifierKey(verifierKey)),
  )
  return note
}

/** Adds a signature unless it is already listed. */
function addStranger(unknown: NoteSignature[], signature: NoteSignature): void {
  const isSame = (other: NoteSignature) =>
    keyLabel(other) === keyLabel(signature) && Buffer.compare(other.signature, signature.signature) === 0
  if (!unknown.some(isSame)) unknown.push(signature)
}

function parseSignature(line: string): NoteSignature {
  const [, name = '', encoded = ''] = /^— ([^ ]+) ([^ ]+)$/u.exec(line) ?? []
  const bytes = decodeBase64(encoded)
  if (!isKeyName(name) || !bytes || bytes.length <= KEY_ID_BYTES) throw malformed('a line below the text is not a signature')
  return { name, keyId: Buffer.from(bytes).readUInt32BE(), signature: bytes.subarray(KEY_ID_BYTES) }
}

function formatSignature({ name, keyId }: Signer, signature: Uint8Array): string {
  const id = Buffer.alloc(KEY_ID_BYTES)
  id.writeUInt32BE(keyId)
  return `— ${name} ${encodeBase64(Buffer.concat([id, signature]))}\n`
}

function readText(note: string | Uint8Array): string {
  const length = typeof note === 'string' ? Buffer.byteLength(note) : note.length
  if (length > MOST_BYTES) throw malformed(`it has ${length} bytes, more than ${MOST_BYTES}`)
  const text = typeof note === 'string' ? note : decode(note)
  if (FORBIDDEN.test(text)) throw malformed('it has characters that a note cannot have')
  return text
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw malformed('it is not UTF-8')
  }
}

function malformed(why: string): ProofError {
  return new ProofError('PROOF_MALFORMED', `This is not a signed note: ${why}.`)
}
