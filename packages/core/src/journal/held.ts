import { requestParts, requestText } from './signed-requests.ts'

/** Lines that a start could not authenticate: neither a checkpoint nor tags show that a process of this service wrote them. */
export interface HeldLog {
  /** The name of the log's directory. */
  readonly log: string
  /** Number of lines. */
  readonly lines: number
  /** The hashes of the held lines, in hexadecimal digits, in order: one for each file, or one for the whole log. */
  readonly sha256: readonly string[]
  /** True if no line of the log could be authenticated, so that the whole log is held in place. */
  readonly isWhole: boolean
}

export interface HeldLines {
  /** The logs with held lines. A log that cannot be read is left out. Rejects if the journal is not open. */
  readonly list: () => Promise<readonly HeldLog[]>
  /**
   * Delivers the held lines of a log, after `audit:released` has recorded the person. Resolves with the number of events. Rejects
   * with `AUDIT_NOT_CONFIRMED` if it cannot be recorded, and with `AUDIT_INVALID_OPTIONS` if the log has no held lines.
   */
  readonly release: (release: HeldRelease) => Promise<number>
}

export interface HeldRelease {
  readonly log: string
  /** A person's name. */
  readonly by: string
  /** Releases only lines with these hashes. Left out: all held lines of the log. */
  readonly sha256?: readonly string[]
  /**
   * The process that carries it out, once, by the name of its log and its term: `flags-api-7nucxtic.3`. Any other process rejects
   * it, so that a signed release cannot be used again. Left out: the process that is asked.
   */
  readonly owner?: string
}

/** A release that a person outside of the process signs. */
export type SignedRelease = HeldRelease & Required<Pick<HeldRelease, 'sha256' | 'owner'>>

const RELEASE = 'audit release'

/** The text of a release. A person outside of the process signs it with a key of the seal. */
export function releaseText({ owner, log, by, sha256 }: SignedRelease): string {
  return requestText(RELEASE, [owner, log, by, ...sha256])
}

/** Reads the text of a release. Undefined if it is not one. */
export function parseReleaseText(text: string): SignedRelease | undefined {
  const [owner, log, by, ...sha256] = requestParts(RELEASE, text) ?? []
  return owner && log && by && sha256.length > 0 ? { owner, log, by, sha256 } : undefined
}
