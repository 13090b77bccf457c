import type { RequestListener } from 'node:http'

/** A small feature-flag service. The creator of the audit closes it. */
export interface Service {
  readonly answer: RequestListener
  /** The secret of the first token, an admin's. */
  readonly adminToken: string
  /** Called once, after the last answer. */
  stop(): Promise<void>
}
