import type { Audit, AuditEvent } from '@audit/core'
import type { events } from './audit-events.ts'

export type FlagsAudit = Audit<typeof events>

/** No request of the tour may be refused on a busy machine, whose disk can need longer than the default of 2 s. */
export const MAX_WAIT_MS = 60_000

/** The trail of a run: the audit, and functions to check its result. */
export interface Trail {
  readonly audit: FlagsAudit
  /** Its destination, in words. */
  readonly goesTo: string
  /** The format has no failures. */
  readonly knowsNoFailures: boolean
  /** Returns the events of this run, without system events. Call it after the audit is closed. */
  read(): Promise<readonly AuditEvent[]>
  /** Lists further problems, one sentence each. */
  problems(): readonly string[]
  /** Called once, after the audit is closed. */
  release(): Promise<void>
}
