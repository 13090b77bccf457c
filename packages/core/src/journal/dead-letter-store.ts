import { hash } from 'node:crypto'
import { requestParts, requestText } from './signed-requests.ts'

/** An event that a sink will never accept, whole, with the reason as a short code. */
export interface DeadLetter {
  readonly sink: string
  readonly id: string
  /** The exact JSON text that the sink was given. */
  readonly line: string
  readonly reason: string
  /** RFC 3339: the time of the refusal. */
  readonly at: string
}

/** Keeps refused events for a person to inspect. */
export interface DeadLetterStore {
  /** Resolves once they are kept as durably as this promises. Rejects with `AUDIT_DEAD_LETTERS_FULL`, keeping none of them. */
  add(letters: readonly DeadLetter[]): Promise<void>
  /** Lists letters, oldest first; only those of `sink` if it is named. */
  list(sink?: string): Promise<readonly DeadLetter[]>
  /** Resolves with the number of removed letters; ids that are unknown do not count. */
  remove(sink: string, ids: readonly string[]): Promise<number>
}

/** A forced replay that a person outside of the process signs. */
export interface SignedReplay {
  /**
   * The process that carries it out, once, by the name of its log and its term: `flags-api-7nucxtic.3`. Any other process rejects
   * it, so that a signed request cannot be used again.
   */
  readonly owner: string
  readonly sink: string
  /** A person's name. */
  readonly by: string
  /** The hashes of the letters that the person has read. */
  readonly sha256: readonly string[]
}

const REPLAY = 'audit replay'

/** The text of a forced replay. A person outside of the process signs it with a key of the seal. */
export function replayText({ owner, sink, by, sha256 }: SignedReplay): string {
  return requestText(REPLAY, [owner, sink, by, ...sha256])
}

/** Reads the text of a forced replay. Undefined if it is not one. */
export function parseReplayText(text: string): SignedReplay | undefined {
  const [owner, sink, by, ...sha256] = requestParts(REPLAY, text) ?? []
  return owner && sink && by && sha256.length > 0 ? { owner, sink, by, sha256 } : undefined
}

/** The hash of a letter's event, in hexadecimal digits. */
export function letterHash({ line }: Pick<DeadLetter, 'line'>): string {
  return hash('sha256', line)
}
