import type { Actor } from '../event/actor.ts'
import type { Receipt, Target } from '../event/event.ts'

/** What is learnt about an event while it is open. Later values win. */
export interface Annotation<P = unknown> {
  /** The state before the deed; `changes` are computed from it and the payload. */
  readonly before?: unknown
  readonly payload?: P
  readonly target?: Target | string
  readonly actor?: Actor
  readonly reason?: string
  /** For adapters: the response failed after the operation had come to its end. Keeps the error's kind, code and status. */
  readonly response?: { readonly status?: number; readonly error?: unknown }
}

/**
 * An event whose outcome is not known yet. The first of `succeed`, `fail` and `deny` settles it; a later one changes nothing and
 * resolves with the first one's receipt. Outcomes never reject: the deed is done, whatever becomes of its record.
 */
export interface OpenEvent<P = any> extends AsyncDisposable {
  readonly name: string
  readonly settled: boolean
  /** The id of the `attempted` event, if one was written. */
  readonly attempt: string | undefined
  /** What is known of the payload so far. */
  readonly payload: P | null | undefined
  annotate(annotation: Annotation<P>): void
  /** Left out, the payload is the annotated one, else the one it was opened with. */
  succeed(payload?: P): Promise<Receipt>
  /** Keeps the error's kind, code and status, never its message. A 401 or 403 is recorded as denied. */
  fail(error?: unknown, reason?: string): Promise<Receipt>
  /** Keeps of the error what `fail` keeps. */
  deny(reason?: string, error?: unknown): Promise<Receipt>
  /** Settles an event that is still open as a failure with the reason `abandoned`. */
  [Symbol.asyncDispose](): Promise<void>
}
