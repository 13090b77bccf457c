import type { Checkpoint } from '@audit/proof'

/** Vouches for what a journal holds: it signs checkpoints of its logs, and takes them to where the journal cannot reach. */
export interface Seal {
  /** A log gets a checkpoint at most once in so many milliseconds. */
  readonly everyMs: number
  /** Who signs, as `name+1a2b3c4d`. Empty: nobody, and every checkpoint says only what the log says itself. */
  readonly keys: readonly string[]
  /** Every signer is in this process, so that signing takes no time. False without a key. */
  readonly isLocal: boolean
  /** The secrets that authenticate groups of that log: the first one for new groups, all of them for existing ones. */
  tagKeys(origin: string): readonly Uint8Array[]
  /** The text of a note that one of the keys has signed. Throws a `ProofError` for any other. */
  openNote(note: string): string
  /** The checkpoint as it is stored. Rejects as a signer does; it is asked again later. */
  sign(checkpoint: Checkpoint): Promise<string>
  /** Reads a stored checkpoint of that log. Throws a `ProofError` unless one of the keys has signed it, or there are none. */
  open(text: string, origin: string): KnownCheckpoint
  /** The largest checkpoint of that log that an anchor has, if one can tell. Rejects if none of them answers. */
  anchored(origin: string): Promise<Checkpoint | undefined>
  /** This checkpoint is durable beside its log. */
  published(sealed: Sealed): void
  /** Resolves once what was published is with every anchor, or `signal` aborts. */
  close(signal: AbortSignal): Promise<void>
  /** What an operator should see to, one sentence each. */
  readonly problems: readonly string[]
}

/** A checkpoint that is ours: of those that signed it, at least one is. */
export interface KnownCheckpoint extends Checkpoint {
  readonly signedBy: readonly string[]
}

/** A checkpoint that a log has, and the tree it stands for: the payload of `audit:sealed`. */
export interface Sealed {
  readonly origin: string
  readonly size: number
  /** As it is stored: a signed note, or the text alone. */
  readonly checkpoint: string
  /** The hashes of the tree's perfect parts, from left to right, in Base64. */
  readonly frontier: readonly string[]
}
