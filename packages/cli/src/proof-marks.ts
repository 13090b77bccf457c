import type { AuditEvent } from '@audit/core'
import type { TrailLine } from '@audit/core/trail'
import type { CommandInput, CommandOption } from './command.ts'
import { keysOf } from './commands/verify.ts'
import { LeafPrints } from './verify/leaf-prints.ts'
import type { SourceReport } from './verify/report.ts'
import { checkTrail } from './verify/verify-trail.ts'

/** Decides if a shown event is proven: the line that is shown, byte for byte, and not any line with its sequence. */
export interface ProofMarks {
  isProven(shown: TrailLine): boolean
}

/** An event with its mark, as in the JSON output. */
export type MarkedEvent = AuditEvent & { readonly proven?: boolean }

export const keyOption: CommandOption = {
  name: 'key',
  value: 'key',
  multiple: true,
  summary: 'a verifier key, or a file with one per line: marks the events that it does not prove',
}

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
  const prints = new LeafPrints()
  const { sources } = await checkTrail({ paths: [directory], keys, signal }, prints)
  const reports = new Map<unknown, SourceReport>(sources.map((report) => [report.source, report]))
  return {
    isProven({ event: { source = '', sequence = -1 }, line }) {
      const isWithin = reports.get(source)?.proven.some(({ from, to }) => from <= sequence && sequence < to) ?? false
      return isWithin && prints.has(source, sequence, line)
    },
  }
}

/** The event unchanged without a key, and with an added member `proven` if a key was given. */
export function markedBy(marks: ProofMarks | undefined, shown: TrailLine): MarkedEvent {
  return marks ? { ...shown.event, proven: marks.isProven(shown) } : shown.event
}
