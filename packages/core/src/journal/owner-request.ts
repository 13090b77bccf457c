/** Requests to the process that owns a log, from another process. Each may be carried out twice, which makes no difference. */
export type OwnerRequest =
  | {
      readonly command: 'forget-sink' | 'replay-dead-letters' | 'purge-dead-letters'
      readonly sink: string
      readonly ids?: readonly string[]
      /** Also sends letters that cannot be compared with a checkpoint. Needs `by`. In a signed journal, only `request` does that. */
      readonly force?: boolean
      /** The person who asks. The trail records the name as `claimedBy`, because it was not checked. */
      readonly by?: string
      /** A note with the text of `replayText`, signed by a key of the seal, instead of `force` and `by`. */
      readonly request?: string
    }
  /** `request` is a note with the text of `releaseText`, signed by a key of the seal. */
  | { readonly command: 'release-held'; readonly request: string }
