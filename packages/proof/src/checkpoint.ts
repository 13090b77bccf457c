import { decodeBase64, encodeBase64 } from './base64.ts'
import { openNote, type OpenedNote } from './note/signed-note.ts'
import type { Verifier } from './note/verifier-key.ts'
import { ProofError } from './proof-error.ts'
import { HASH_BYTES } from './tree/hash.ts'

/** What a log says of itself: so many leaves, and the root over them. C2SP tlog-checkpoint. */
export interface Checkpoint {
  /** Which log; one name for one log, for ever. */
  readonly origin: string
  readonly size: number
  readonly root: Uint8Array
}

/** Which log is believed, and by whose signature. */
export interface TrustedLog {
  readonly origin: string
  /**
   * The keys that may speak for this log (type `ed25519`), each of them for all of it, and the witnesses (`cosignature`). Of
   * several keys of the log, as in a rotation, one is enough.
   */
  readonly verifiers: readonly Verifier[]
}

/** A checkpoint that is signed by a key of its log. */
export interface OpenedCheckpoint extends Checkpoint {
  /** Who signed it: the log, and the witnesses among the verifiers. */
  readonly note: OpenedNote
}

/**
 * The text that is signed. Throws `PROOF_MALFORMED` for an origin that is not one line, a size that no tree has, and a root that
 * is no hash.
 */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  const text = `${origin}\n${size}\n${encodeBase64(root)}\n`
  // An origin of several lines could make these three those of another checkpoint.
  if (parseCheckpoint(text).origin !== origin) throw malformed('its origin is not one line')
  return text
}

/** Reads the text of a checkpoint; lines behind the third are passed over, as C2SP asks. Throws `PROOF_MALFORMED`. */
export function parseCheckpoint(text: string): Checkpoint {
  const lines = text.split('\n')
  const [origin = '', digits = '', encoded = '', ...rest] = lines
  const root = decodeBase64(encoded)
  if (lines.length < 4 || rest.pop() !== '') throw malformed('it has not three lines')
  if (origin === '') throw malformed('it has no origin')
  if (!/^(0|[1-9]\d*)$/.test(digits) || !Number.isSafeInteger(Number(digits)))
    throw malformed('its second line is no size of a tree')
  if (root?.length !== HASH_BYTES) throw malformed('its third line is no hash')
  if (rest.includes('')) throw malformed('it has an empty line')
  return { origin, size: Number(digits), root }
}

/**
 * Opens a signed checkpoint of that origin. Throws as `openNote` does, `PROOF_WRONG_ORIGIN` if it is of another log, and
 * `PROOF_UNSIGNED` if the log's own key has not signed: witnesses alone do not make a checkpoint.
 */
export function openCheckpoint(note: string | Uint8Array, { origin, verifiers }: TrustedLog): OpenedCheckpoint {
  const opened = openNote(note, verifiers)
  if (!opened.verified.some(({ verifier }) => verifier.type === 'ed25519')) {
    throw new ProofError('PROOF_UNSIGNED', 'Witnesses have signed this checkpoint, but not the log.')
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
  return new ProofError('PROOF_MALFORMED', `This is no checkpoint: ${why}.`)
}
