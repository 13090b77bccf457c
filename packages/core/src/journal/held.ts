/** Lines that a start found and could not authenticate: neither a checkpoint nor tags show that a process of this service wrote them. */
export interface HeldLog {
  /** The name of the log's directory. */
  readonly log: string
  /** How many. */
  readonly lines: number
  /** The hashes of what is held, in hexadecimal digits, in order: one for each file, or one for the whole log. */
  readonly sha256: readonly string[]
  /** Nothing of the log could be authenticated, so that all of it is held where it is. */
  readonly isWhole: boolean
}

export interface HeldLines {
  /** The logs of which something is held. A log that cannot be read is left out. Rejects if the journal is not open. */
  readonly list: () => Promise<readonly HeldLog[]>
  /**
   * Delivers what is held of a log, after `audit:released` has recorded who says so. Resolves with how many events that are. Rejects
   * with `AUDIT_NOT_CONFIRMED` if it cannot be recorded, and with `AUDIT_INVALID_OPTIONS` if nothing of that log is held.
   */
  readonly release: (release: HeldRelease) => Promise<number>
}

export interface HeldRelease {
  readonly log: string
  /** A person's name. */
  readonly by: string
  /** Only what has these hashes. Left out: everything that is held of the log. */
  readonly sha256?: readonly string[]
}

/** The text that a person signs who releases lines from outside of the process, with a key of the seal. */
export function releaseText({ log, by, sha256 = [] }: HeldRelease): string {
  return `audit release\n${[log, by, ...sha256].map((part) => encodeURIComponent(part)).join('\n')}\n`
}

/** Nothing if it is not the text of a release. */
export function parseReleaseText(text: string): HeldRelease | undefined {
  const [title, log, by, ...sha256] = text.trimEnd().split('\n')
  if (title !== 'audit release' || !log || !by || sha256.length === 0) return undefined
  return { log: decodeURIComponent(log), by: decodeURIComponent(by), sha256 }
}
