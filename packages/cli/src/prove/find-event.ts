import { join } from 'node:path'
import { EventLineReader } from '../verify/event-line.ts'
import { linesOfSegment } from '../verify/line-chunks.ts'
import { segmentsOf } from '../verify/segments.ts'

/** An event as it was sealed, and the directory of its log. */
export interface FoundEvent {
  readonly directory: string
  readonly source: string
  readonly sequence: number
  readonly id: string
  /** The bytes of the event. */
  readonly entry: Buffer
}

/** Finds every event of these logs with this id or sequence. */
export async function findEvents(directories: readonly string[], wanted: string | number): Promise<readonly FoundEvent[]> {
  const found: FoundEvent[] = []
  for (const directory of directories) {
    for (const { path, first, end } of (await segmentsOf(join(directory, 'log'))).counting) {
      if (typeof wanted === 'number' && (wanted < first || wanted >= end)) continue
      const reader = new EventLineReader()
      for await (const { lines } of linesOfSegment(path)) {
        for (const line of lines) {
          if (typeof wanted === 'string' && !line.includes(wanted)) continue
          const read = reader.read(line)
          if (!read || read.sequence < first || read.sequence >= end) continue
          const id = idOf(read.entry)
          if (typeof wanted === 'number' ? read.sequence !== wanted : id !== wanted) continue
          found.push({ directory, source: read.source, sequence: read.sequence, id, entry: Buffer.from(read.entry) })
        }
      }
    }
  }
  return found
}

function idOf(entry: Buffer): string {
  try {
    const { id } = JSON.parse(entry.toString('utf8')) as { readonly id?: unknown }
    return typeof id === 'string' ? id : ''
  } catch {
    return ''
  }
}
