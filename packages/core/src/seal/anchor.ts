/** Keeps checkpoints where the writer of the log cannot change them: a published checkpoint cannot be taken back. */
export interface Anchor {
  readonly name: string
  /** Shortest time between two checkpoints of a log, in milliseconds; only the latest one is kept to send. Default 1,000. */
  readonly everyMs?: number
  /**
   * Resolves if checkpoints can be kept. If it rejects, `ready()` rejects too, and `health()` reports it. May be called again.
   */
  open?(options: { readonly signal: AbortSignal }): Promise<void>
  /** Resolves once the checkpoint is kept. Called again after a rejection, which is reported. The same one may come twice. */
  publish(checkpoint: AnchoredCheckpoint, options: { readonly signal: AbortSignal }): Promise<void>
  /** Resolves with the text of the latest checkpoint it has of that log. With it, a log that was rolled back is not continued. */
  latest?(origin: string): Promise<string | undefined>
  /** Releases connections. Called once, after the last checkpoint was published or its time was up. */
  close?(): Promise<void>
}

export interface AnchoredCheckpoint {
  /** The log, by its `source`. */
  readonly origin: string
  /** Number of events in the log. */
  readonly size: number
  /** A signed note (C2SP tlog-checkpoint), or, without a key, its text alone. */
  readonly checkpoint: string
}
