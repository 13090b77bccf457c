import type { Audit, AuditEvent } from '@audit/core'
import type { events } from './audit-events.ts'

export type FlagsAudit = Audit<typeof events>

/** The trail of a run: what the service records with, and how to look at it afterwards. */
export interface Trail {
  readonly audit: FlagsAudit
  /** Where it goes, in words. */
  readonly goesTo: string
  /** It cannot say that something failed. */
  readonly knowsNoFailures: boolean
  /** What this run added, once the audit is closed, without the facts of the library itself. */
  read(): Promise<readonly AuditEvent[]>
  /** What is wrong besides, one sentence each. */
  problems(): readonly string[]
  /** Called once, after the audit is closed. */
  release(): Promise<void>
}
