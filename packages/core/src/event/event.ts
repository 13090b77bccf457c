import type { Actor } from './actor.ts'

export const statuses = ['attempted', 'success', 'failure', 'denied'] as const
/** `attempted` is written before the operation; exactly one of the others follows it, unless the process died in between. */
export type Status = (typeof statuses)[number]

/** The thing acted upon. It shows the object of a denied or failed event that has no payload. */
export interface Target {
  readonly type: string
  readonly id: string
  readonly name?: string
}

/** The request the event came from, as far as the adapter knows it. The route is the pattern, never the path. */
export interface RequestInfo {
  readonly id?: string
  readonly method?: string
  readonly route?: string
  /** The client's address as the framework trusts it. */
  readonly ip?: string
  /** The address of the connection, if it differs: a proxy's. */
  readonly socketIp?: string
  /** The `user-agent` header, if the adapter's option `userAgent` is set. The client chooses it. */
  readonly userAgent?: string
}

export interface Trace {
  readonly traceId: string
  readonly spanId?: string
}

export interface Metadata {
  readonly actor: Actor
  readonly request?: RequestInfo
  readonly trace?: Trace
  readonly tenant?: string
  /** Connects the events of one business process, across requests. */
  readonly correlationId?: string
  /** The actor was read from a snapshot that came through a queue. */
  readonly restored?: true
  /**
   * The line could not be authenticated, was held, and was released by a person. Names the log and the sequence where it was
   * found.
   */
  readonly released?: { readonly source: string | undefined; readonly sequence: number | undefined }
  /** Members that the application's enrichers add. */
  readonly [added: string]: unknown
}

/** The error as short codes. Never a message or a stack: they quote values. */
export interface EventError {
  readonly kind: string
  readonly code?: string
  readonly status?: number
}

/** The answer that the client got, if it differs from the answer of the operation. */
export interface EventResponse {
  /** Left out if the response was cut off. */
  readonly status?: number
  readonly error?: EventError
}

/** One changed field, by JSON pointer. A redacted value that changed has `changed: true` and neither value. */
export interface Change {
  readonly path: string
  readonly from?: unknown
  readonly to?: unknown
  readonly changed?: true
}

/** A place where the payload did not fit its schema; the schema library's text is left out, since it may quote the value. */
export interface Invalid {
  readonly path: string
  readonly code: string
}

/** An audit event. `docs/event.md` describes each member. */
export interface AuditEvent<Payload = unknown> {
  readonly version: '1.0'
  /** The noun: the kind of thing. */
  readonly type: string
  /** The verb, in the past tense. */
  readonly action: string
  readonly metadata: Metadata
  readonly payload: Payload
  /** RFC 3339, UTC, milliseconds. */
  readonly timestamp: string
  /** UUIDv7, ascending within an audit: the key to deduplicate on. */
  readonly id: string
  readonly status: Status
  /** The id of the `attempted` event that this one settles. */
  readonly attempt?: string
  readonly target?: Target
  /** A short code for the reason of a failure or denial. */
  readonly reason?: string
  readonly error?: EventError
  /** The operation completed, and its response failed afterwards. */
  readonly response?: EventResponse
  readonly changes?: readonly Change[]
  /** JSON pointers to parts that were cut, or could not be copied without running their code. */
  readonly truncated?: readonly string[]
  readonly invalid?: readonly Invalid[]
  /** The log of the event, and its position in that log. The journal adds both. */
  readonly source?: string
  readonly sequence?: number
}

/** The fields that filters see; no other part of an event decides where it goes. */
export interface EventHeader {
  readonly type: string
  readonly action: string
  readonly status: Status
  readonly tenant?: string | undefined
}

/**
 * The state of an event when `record()` resolves. `journal`: acknowledged by the journal in use, and as durable as that journal
 * promises. `suppressed`: one of a flood of denials; counted in `audit:suppressed`, not recorded.
 */
export interface Receipt {
  readonly id: string
  readonly held: 'journal' | 'memory' | 'lost' | 'suppressed'
}

/** The reaction to an event that cannot be journaled. `open`: the caller continues. `closed`: the caller is rejected. */
export type FailMode = 'open' | 'closed'

/** An event as text, open at its end: the journal adds source, sequence and the closing brace. */
export interface EncodedEvent extends EventHeader {
  readonly id: string
  readonly head: string
  /** UTF-8 bytes of `head`. */
  readonly byteLength: number
}
