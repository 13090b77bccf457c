import { decodeBase64, encodeBase64 } from './base64.ts'
import { openCheckpoint, type OpenedCheckpoint, type TrustedLog } from './checkpoint.ts'
import { ProofError } from './proof-error.ts'
import { HASH_BYTES, leafHash } from './tree/hash.ts'
import { verifyInclusion } from './tree/inclusion.ts'

// C2SP tlog-proof: a file that proves that one entry is in a log, without showing the other entries.

/** The contents of a `.tlog-proof` file. */
export interface TlogProof {
  /** Counted from 0. */
  readonly index: number
  /** The hashes from `proveInclusion`, for the size of the checkpoint. */
  readonly proof: readonly Uint8Array[]
  /** The signed checkpoint, unchanged. */
  readonly checkpoint: string
  /** Extra data. No signature or hash covers it, so do not trust it. */
  readonly extra?: Uint8Array
}

const HEADER = 'c2sp.org/tlog-proof@v1'
/** A proof of more hashes would need a tree with more leaves than a number can count. */
const MOST_HASHES = 53

/** Formats a proof file. Throws `PROOF_MALFORMED` for an invalid index or hash; the checkpoint is not checked. */
export function formatTlogProof({ index, proof, checkpoint, extra }: TlogProof): string {
  const lines = [HEADER, ...(extra ? [`extra ${encodeBase64(extra)}`] : []), `index ${index}`, ...proof.map(encodeBase64)]
  const text = `${lines.join('\n')}\n\n${checkpoint}`
  parseTlogProof(text)
  return text
}

/** Splits a proof file without verifying it. Throws `PROOF_MALFORMED`. */
export function parseTlogProof(text: string): TlogProof {
  const end = text.indexOf('\n\n')
  if (end < 0) throw malformed('there is no empty line before the checkpoint')
  const [header, ...lines] = text.slice(0, end).split('\n')
  if (header !== HEADER) throw malformed(`its first line is not ${HEADER}`)
  const extra = lines[0]?.startsWith('extra ') ? decodeBase64(lines.shift()!.slice('extra '.length)) : null
  if (extra === undefined) throw malformed('its extra data is not Base64')
  const [, digits = ''] = /^index (0|[1-9]\d*)$/.exec(lines.shift() ?? '') ?? []
  if (digits === '' || !Number.isSafeInteger(Number(digits))) throw malformed('it has no valid index')
  if (lines.length > MOST_HASHES) throw malformed(`it has ${lines.length} hashes, more than ${MOST_HASHES}`)
  const proof = lines.map((line) => {
    const hash = decodeBase64(line)
    if (hash?.length !== HASH_BYTES) throw malformed('one of its lines is not a hash')
    return hash
  })
  return { index: Number(digits), proof, checkpoint: text.slice(end + 2), ...(extra && { extra }) }
}

/**
 * Returns only if the entry, byte for byte, is in the log of that origin at the index that the proof names. Throws as
 * `parseTlogProof`, `openCheckpoint` and `verifyInclusion` do.
 */
export function verifyTlogProof(
  text: string,
  entry: Uint8Array | string,
  trusted: TrustedLog,
): OpenedCheckpoint & { readonly index: number } {
  const { index, proof, checkpoint } = parseTlogProof(text)
  const opened = openCheckpoint(checkpoint, trusted)
  verifyInclusion({ index, size: opened.size, root: opened.root, leaf: leafHash(entry), proof })
  return { ...opened, index }
}

function malformed(why: string): ProofError {
  return new ProofError('PROOF_MALFORMED', `This is not a proof from a log: ${why}.`)
}
