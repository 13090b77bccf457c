import type { AuditEvent } from '@audit/core'
import type { CommandInput, CommandOption } from './command.ts'
import { keysOf } from './commands/verify.ts'
import type { Cause, SourceReport } from './verify/report.ts'
import { verifyTrail } from './verify/verify-trail.ts'

/** Decides if a shown event is proven. */
export interface ProofMarks {
  isProven(event: AuditEvent): boolean
}

/** An event with its mark, as in the JSON output. */
export type MarkedEvent = AuditEvent & { readonly proven?: boolean }

export const keyOption: CommandOption = {
  name: 'key',
  value: 'key',
  multiple: true,
  summary: 'a verifier key, or a file with one per line: marks the events that it does not prove',
}

/** With these causes, a sequence may be shown with another line than the verified one. */
const AMBIGUOUS: ReadonlySet<Cause> = new Set(['foreign', 'out-of-order'])

/**
 * Verifies the journal with the given keys, so that shown events can be marked. Undefined without a key. An event
 * that is recorded afterwards is not proven yet.
 */
export async function proofMarksOf(
  { values }: CommandInput,
  directory: string,
  signal: AbortSignal,
): Promise<ProofMarks | undefined> {
  const keys = await keysOf(values.get('key') ?? [])
  if (keys.length === 0) return undefined
  const { sources } = await verifyTrail({ paths: [directory], keys, signal })
  const reports = new Map<unknown, SourceReport>(sources.map((report) => [report.source, report]))
  return {
    isProven({ source, sequence = -1 }) {
      const report = reports.get(source)
      if (!report || report.findings.some(({ cause }) => AMBIGUOUS.has(cause))) return false
      return report.proven.some(({ from, to }) => from <= sequence && sequence < to)
    },
  }
}

/** The event unchanged without a key, and with an added member `proven` if a key was given. */
export function markedBy(marks: ProofMarks | undefined, event: AuditEvent): MarkedEvent {
  return marks ? { ...event, proven: marks.isProven(event) } : event
}
