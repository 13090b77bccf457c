/** A place for checkpoints that who writes the log cannot change: what shows there was, it cannot unsay. */
export interface Anchor {
  readonly name: string
  /** It is told at most once in so many milliseconds of one log; of those in between it gets the latest. Default 1,000. */
  readonly everyMs?: number
  /** Resolves once the checkpoint is kept. A rejection is reported, and tried again. The same one may come twice. */
  publish(checkpoint: AnchoredCheckpoint, options: { readonly signal: AbortSignal }): Promise<void>
  /** The text of the latest checkpoint it has of that log. Given, a log that was rolled back is not continued. */
  latest?(origin: string): Promise<string | undefined>
  /** Releases connections. Called once, after the last checkpoint was told or its time was up. */
  close?(): Promise<void>
}

export interface AnchoredCheckpoint {
  /** Which log: its `source`. */
  readonly origin: string
  /** So many events it has. */
  readonly size: number
  /** A signed note (C2SP tlog-checkpoint), or, without a key, its text alone. */
  readonly checkpoint: string
}
