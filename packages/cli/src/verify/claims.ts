import { keyLabel, openNote, parseCheckpoint, parseNote, ProofError, type Verifier } from '@audit/proof'

/** What somebody says that a log was: so many events, and the root over them. */
export interface Claim {
  readonly origin: string
  readonly size: number
  readonly root: Uint8Array
  /** Whose: the log's own newest checkpoint, a seal that stands in a log, or a checkpoint from elsewhere. */
  readonly kind: 'checkpoint' | 'seal' | 'anchor'
  /** In words, for a sentence. */
  readonly where: string
  /** Whose signatures it has; they were checked if keys were given. */
  readonly signedBy: readonly string[]
}

/** A checkpoint that is not believed, and why. */
export interface Disbelief {
  readonly origin: string | undefined
  readonly cause: 'bad-signature' | 'unreadable'
  readonly message: string
}

/** Reads checkpoints, and believes those that a given key has signed; without any key, all of them. */
export class ClaimReader {
  readonly verifiers: readonly Verifier[]

  constructor(verifiers: readonly Verifier[]) {
    this.verifiers = verifiers
  }

  read(text: string, kind: Claim['kind'], where: string): Claim | Disbelief {
    let origin: string | undefined
    try {
      const isSigned = text.includes('\n\n')
      const body = isSigned ? parseNote(text).text : text
      const { root, size } = parseCheckpoint(body)
      origin = parseCheckpoint(body).origin
      if (this.verifiers.length > 0 && !isSigned) return { origin, cause: 'bad-signature', message: `${where} is not signed.` }
      return { origin, size, root, kind, where, signedBy: isSigned ? this.#signedBy(text) : [] }
    } catch (error) {
      if (!(error instanceof ProofError)) throw error
      const cause = error.code === 'PROOF_MALFORMED' ? 'unreadable' : 'bad-signature'
      return { origin, cause, message: `${where} is not to be believed: ${lowered(error.message)}` }
    }
  }

  #signedBy(text: string): readonly string[] {
    const signatures = this.verifiers.length > 0 ? openNote(text, this.verifiers).verified : parseNote(text).signatures
    return signatures.map(keyLabel)
  }
}

export function isClaim(read: Claim | Disbelief): read is Claim {
  return 'root' in read
}

function lowered(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1)
}
