import type { Checkpoint } from '@audit/proof'

/** Signs checkpoints of a journal's logs, and publishes them where the journal cannot reach them. */
export interface Seal {
  /** Shortest time between two checkpoints of a log, in milliseconds. */
  readonly everyMs: number
  /** The keys that sign, as `name+1a2b3c4d`. Empty: checkpoints are unsigned, and prove no more than the log itself. */
  readonly keys: readonly string[]
  /** True if every signer is in this process, so that signing takes no time. False without a key. */
  readonly isLocal: boolean
  /** The secrets that authenticate groups of that log: the first one for new groups, all of them for existing ones. */
  tagKeys(origin: string): readonly Uint8Array[]
  /** Returns the text of a note that one of the keys has signed. Throws a `ProofError` for any other. */
  openNote(note: string): string
  /** Returns the checkpoint as it is stored. Rejects as a signer does; it is called again later. */
  sign(checkpoint: Checkpoint): Promise<string>
  /** Reads a stored checkpoint of that log. Throws a `ProofError` unless one of the keys has signed it, or no key is configured. */
  open(text: string, origin: string): KnownCheckpoint
  /** Returns the largest checkpoint of that log that an anchor has, if an anchor can return it. Rejects if none of them answers. */
  anchored(origin: string): Promise<Checkpoint | undefined>
  /** Call when this checkpoint is durable next to its log. */
  published(sealed: Sealed): void
  /** Resolves if every anchor can keep checkpoints. Rejects with the reasons. Call again to try again. */
  opened(): Promise<void>
  /** Resolves once every anchor has the published checkpoints, or `signal` aborts. */
  close(signal: AbortSignal): Promise<void>
  /** Problems for an operator, one sentence each. */
  readonly problems: readonly string[]
}

/** A checkpoint with at least one signature of our keys. */
export interface KnownCheckpoint extends Checkpoint {
  readonly signedBy: readonly string[]
}

/** A checkpoint of a log, and its tree: the payload of `audit:sealed`. */
export interface Sealed {
  readonly origin: string
  readonly size: number
  /** The stored form: a signed note, or the text alone. */
  readonly checkpoint: string
  /** The hashes of the tree's perfect parts, from left to right, in Base64. */
  readonly frontier: readonly string[]
}
