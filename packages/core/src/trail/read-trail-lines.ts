import { readRecord } from '../log-format/record-line.ts'
import { nodeFileSystem } from '../log-format/node-file-system.ts'
import { ForwardReader } from './forward-reader.ts'
import { SourceSegments } from './source-segments.ts'
import { eventOfLine } from './trail-line.ts'
import type { TrailLine } from './trail-selection.ts'
import { trailSources } from './trail-sources.ts'

/**
 * Reads the exact lines that file journals have written to a directory, one log after the other, each from its oldest line to its end.
 * Changes nothing, takes no lock, and skips unreadable lines. Rejects with `AUDIT_JOURNAL_UNAVAILABLE` if the directory does not
 * exist.
 */
export async function* readTrailLines(directory: string, signal?: AbortSignal): AsyncGenerator<TrailLine, void, undefined> {
  for (const source of await trailSources(nodeFileSystem, directory)) {
    const segments = new SourceSegments(nodeFileSystem, source.directory)
    const reader = new ForwardReader({ segments, since: -Infinity })
    try {
      for (;;) {
        if (signal?.aborted) return
        const next = reader.next()
        const record = next instanceof Promise ? await next : next
        if (!record) break
        const event = eventOfLine(record.line)
        if (event) yield { line: record.line, event }
      }
    } finally {
      await reader.release()
    }
  }
}

/** Returns the exact line of an event that a file has: a line of a file sink, or of a segment, without its checksum. */
export function trailLineOf(bytes: Buffer): string | undefined {
  const text = bytes.toString()
  if (eventOfLine(text)) return text
  const record = readRecord(bytes)
  return record && eventOfLine(record.line) ? record.line : undefined
}
