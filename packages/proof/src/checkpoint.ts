import { decodeBase64, encodeBase64 } from './base64.ts'
import { openNote, type OpenedNote } from './note/signed-note.ts'
import type { Verifier } from './note/verifier-key.ts'
import { ProofError } from './proof-error.ts'
import { HASH_BYTES } from './tree/hash.ts'

/** A log's statement about itself: its number of leaves, and the root over them. C2SP tlog-checkpoint. */
export interface Checkpoint {
  /** The name of the log. It is unique and never changes. */
  readonly origin: string
  readonly size: number
  readonly root: Uint8Array
}

/** A log to trust, and the keys that may sign for it. */
export interface TrustedLog {
  readonly origin: string
  /**
   * The keys of the log (type `ed25519`) and of its witnesses (`cosignature`). Each log key is trusted for the whole log. With
   * several, as in a rotation, the signature of one is enough.
   */
  readonly verifiers: readonly Verifier[]
}

/** A checkpoint signed by a key of its log. */
export interface OpenedCheckpoint extends Checkpoint {
  /** The note with its verified signatures: the log's, and those of known witnesses. */
  readonly note: OpenedNote
}

/**
 * Returns the text to sign. Throws `PROOF_MALFORMED` if the origin is not one line, the size is not that of a tree, or the root is
 * not a hash.
 */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  const text = `${origin}\n${size}\n${encodeBase64(root)}\n`
  // An origin of several lines could turn these three lines into those of another checkpoint.
  if (parseCheckpoint(text).origin !== origin) throw malformed('the origin is not one line')
  return text
}

/** Reads the text of a checkpoint, and ignores lines after the third, as C2SP asks. Throws `PROOF_MALFORMED`. */
export function parseCheckpoint(text: string): Checkpoint {
  const lines = text.split('\n')
  const [origin = '', digits = '', encoded = '', ...rest] = lines
  const root = decodeBase64(encoded)
  if (lines.length < 4 || rest.pop() !== '') throw malformed('it has fewer than three lines, or no newline at the end')
  if (origin === '') throw malformed('it has no origin')
  if (!/^(0|[1-9]\d*)$/.test(digits) || !Number.isSafeInteger(Number(digits)))
    throw malformed('the second line is not the size of a tree')
  if (root?.length !== HASH_BYTES) throw malformed('the third line is not a hash')
  if (rest.includes('')) throw malformed('it has an empty line')
  return { origin, size: Number(digits), root }
}

/**
 * Opens a signed checkpoint of the given origin. Throws as `openNote` does, `PROOF_WRONG_ORIGIN` if another log signed it, and
 * `PROOF_UNSIGNED` if no key of the log signed it: witnesses alone do not make a checkpoint.
 */
export function openCheckpoint(note: string | Uint8Array, { origin, verifiers }: TrustedLog): OpenedCheckpoint {
  const opened = openNote(note, verifiers)
  if (!opened.verified.some(({ verifier }) => verifier.type === 'ed25519')) {
    throw new ProofError('PROOF_UNSIGNED', 'Witnesses have signed this checkpoint, but the log has not.')
  }
  const checkpoint = parseCheckpoint(opened.text)
  if (checkpoint.origin !== origin) {
    throw new ProofError(
      'PROOF_WRONG_ORIGIN',
      `This is a checkpoint of ${JSON.stringify(checkpoint.origin)}, not of ${JSON.stringify(origin)}.`,
    )
  }
  return { ...checkpoint, note: opened }
}

function malformed(why: string): ProofError {
  return new ProofError('PROOF_MALFORMED', `This is not a checkpoint: ${why}.`)
}
