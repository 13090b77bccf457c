// Without this line, programs whose settings name no types of Node lack `AsyncDisposable`. `preserve` keeps it in the declarations.
/// <reference lib="esnext.disposable" preserve="true" />
import type { Actor } from '../event/actor.ts'
import { data, involvesProxy } from '../copy/class-name.ts'
import type { Receipt, Target } from '../event/event.ts'

/** Additions to an event while it is open. Later values win. */
export interface Annotation<P = unknown> {
  /** The state before the operation; `changes` are computed from it and the payload. */
  readonly before?: unknown
  readonly payload?: P
  readonly target?: Target | string
  readonly actor?: Actor
  readonly reason?: string
  /** For adapters: the response failed after the operation had completed. Keeps the error's kind, code and status. */
  readonly response?: { readonly status?: number; readonly error?: unknown }
}

/**
 * An event whose outcome is not known yet. The first of `succeed`, `fail` and `deny` settles it; a later one changes nothing and
 * resolves with the first one's receipt. Outcomes never reject: the operation is done, even if its record fails.
 */
export interface OpenEvent<P = any> extends AsyncDisposable {
  readonly name: string
  readonly settled: boolean
  /** The id of the `attempted` event, if one was written. */
  readonly attempt: string | undefined
  /** The part of the payload that is known so far. */
  readonly payload: P | null | undefined
  annotate(annotation: Annotation<P>): void
  /** Without a payload, uses the annotated one, else the one given when it was opened. */
  succeed(payload?: P): Promise<Receipt>
  /** Keeps the error's kind, code and status, never its message. A 401 or 403 is recorded as denied. */
  fail(error?: unknown, reason?: string): Promise<Receipt>
  /** Keeps the same parts of the error as `fail`. */
  deny(reason?: string, error?: unknown): Promise<Receipt>
  /** Settles an event that is still open as a failure with the reason `abandoned`. */
  [Symbol.asyncDispose](): Promise<void>
}

/** By its methods, since it may come from another copy of this package. Runs none of its code. */
export function isOpenEvent(value: unknown): value is OpenEvent {
  if (typeof value !== 'object' || value === null || involvesProxy(value)) return false
  return ['annotate', 'succeed', 'fail', 'deny'].every((name) => typeof data(value, name) === 'function')
}
