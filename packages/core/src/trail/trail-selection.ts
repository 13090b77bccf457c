import type { AuditEvent } from '../event/event.ts'
import type { CompiledTrailFilter } from '../event/trail-filter.ts'
import { eventOfLine } from './trail-line.ts'

/** An event of a trail, and its line without tag and checksum: the text that was sealed. */
export interface TrailLine {
  readonly event: AuditEvent
  readonly line: string
}

/** A filter, ready for the lines of logs. */
export interface TrailSelection {
  /** Returns the event of a line, if it is selected. Undefined if the line is not an event. */
  select(line: string): TrailLine | undefined
  /** Milliseconds since 1970: earlier events are not selected. */
  readonly since: number
}

/** Returns the selection of a filter. */
export function selectionOf({ matches, target, tenant, since = -Infinity }: CompiledTrailFilter): TrailSelection {
  const words = [target?.type, target?.id, tenant].flatMap(quotedWord)
  return {
    since,
    select(line) {
      // Parsing a line is slower than looking for a word in it.
      if (words.some((word) => !line.includes(word))) return undefined
      const event = eventOfLine(line)
      return event && matches(event) ? { event, line } : undefined
    },
  }
}

/** Returns the text as it must be in the line of a matching event; empty if the text may be written in several ways. */
function quotedWord(text: string | undefined): readonly string[] {
  return text !== undefined && /^[\w .:/@+-]*$/.test(text) ? [`"${text}"`] : []
}
