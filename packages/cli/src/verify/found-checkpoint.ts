import { keyLabel, openNote, parseCheckpoint, parseNote, ProofError, type Verifier } from '@audit/proof'

/**
 * `genuine`: signed by a given key, or, if no key was given, kept by a given anchor. `unknown-key`: signed, but by none of the given keys.
 * `unchecked`: no key and no anchor was given. Only a genuine checkpoint proves; any of them may contradict the events.
 */
export type Trust = 'genuine' | 'unknown-key' | 'unchecked'

/** The state of a log according to a checkpoint: its number of events, and their root. */
export interface FoundCheckpoint {
  readonly origin: string
  readonly size: number
  /** In base64: a trail may have one for each of twenty thousand logs, and 32 bytes as an array take 250. */
  readonly root: string
  /** The place where it was found: next to its log, in a seal inside a log, or in an anchor. */
  readonly kind: 'checkpoint' | 'seal' | 'anchor'
  /** Its description within a sentence. */
  readonly where: string
  /** The keys that it names; checked only if it is genuine by a key. */
  readonly signedBy: readonly string[]
  readonly trust: Trust
}

/** A checkpoint that is false or cannot be read, and why. */
export interface RejectedCheckpoint {
  readonly origin: string | undefined
  readonly cause: 'bad-signature' | 'unreadable'
  readonly message: string
}

/** The evidence that was given for trusting checkpoints. */
export type Basis = 'keys' | 'anchors' | 'nothing'

/** Reads checkpoints and decides how far each is trusted. */
export class CheckpointReader {
  readonly basis: Basis
  readonly #verifiers: readonly Verifier[]
  /** The keys of the checkpoint before: those of a trail mostly have the same ones. */
  #signedBy: readonly string[] = []

  constructor(verifiers: readonly Verifier[], hasAnchors: boolean) {
    this.#verifiers = verifiers
    this.basis = verifiers.length > 0 ? 'keys' : hasAnchors ? 'anchors' : 'nothing'
  }

  read(text: string, kind: FoundCheckpoint['kind'], where: string): FoundCheckpoint | RejectedCheckpoint {
    let origin: string | undefined
    try {
      const isSigned = text.includes('\n\n')
      const { size, root, origin: named } = parseCheckpoint(isSigned ? parseNote(text).text : text)
      origin = named
      if (this.basis === 'keys' && !isSigned) return { origin, cause: 'bad-signature', message: `${where} is not signed.` }
      const { signedBy, trust } = this.#signatures(text, isSigned, kind)
      if (signedBy.join() !== this.#signedBy.join()) this.#signedBy = signedBy
      return { origin, size, root: Buffer.from(root).toString('base64'), kind, where, signedBy: this.#signedBy, trust }
    } catch (error) {
      if (!(error instanceof ProofError)) throw error
      const cause = error.code === 'PROOF_MALFORMED' ? 'unreadable' : 'bad-signature'
      return { origin, cause, message: `${where} cannot be trusted: ${lowered(error.message)}` }
    }
  }

  #signatures(text: string, isSigned: boolean, kind: FoundCheckpoint['kind']): Pick<FoundCheckpoint, 'signedBy' | 'trust'> {
    const named = isSigned ? parseNote(text).signatures.map(keyLabel) : []
    if (this.basis !== 'keys')
      return { signedBy: named, trust: this.basis === 'anchors' && kind === 'anchor' ? 'genuine' : 'unchecked' }
    try {
      const { verified } = openNote(text, this.#verifiers)
      const logs = verified.filter(({ verifier }) => verifier.type === 'ed25519')
      // A witness confirms the order of checkpoints, not the log.
      return logs.length > 0 ? { signedBy: logs.map(keyLabel), trust: 'genuine' } : { signedBy: named, trust: 'unknown-key' }
    } catch (error) {
      if (error instanceof ProofError && error.code === 'PROOF_UNSIGNED') return { signedBy: named, trust: 'unknown-key' }
      throw error
    }
  }
}

export function isFoundCheckpoint(read: FoundCheckpoint | RejectedCheckpoint): read is FoundCheckpoint {
  return 'root' in read
}

function lowered(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1)
}
