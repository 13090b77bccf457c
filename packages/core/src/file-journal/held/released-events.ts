import { encodeEvent } from '../../event/encode.ts'
import { statuses, type AuditEvent, type EncodedEvent } from '../../event/event.ts'
import type { FileSystem } from '../../log-format/file-system.ts'
import type { HeldFile } from '../../log-format/held-files.ts'
import { LineReader } from '../../log-format/line-reader.ts'
import { readRecord } from '../../log-format/record-line.ts'

const GROUP_EVENTS = 256

/**
 * The events of a file, to be appended again in groups. Each has `metadata.released` with the offset where it was found. System
 * events (`audit:*`) are left out, because they describe the log that they were in.
 */
export async function* releasedEvents(fileSystem: FileSystem, { path }: HeldFile): AsyncGenerator<readonly EncodedEvent[]> {
  const file = await fileSystem.open(path, 'read')
  let group: EncodedEvent[] = []
  try {
    const lines = new LineReader(file)
    while (await lines.fill()) {
      for (let line = lines.take(); line; line = lines.take()) {
        const record = readRecord(line)
        const event = record && releasedEvent(record.line)
        if (event) group.push(event)
      }
      for (; group.length >= GROUP_EVENTS; group = group.slice(GROUP_EVENTS)) yield group.slice(0, GROUP_EVENTS)
    }
    yield group
  } finally {
    await file.close()
  }
}

/** Undefined if the line is not an event, or is a system event. */
function releasedEvent(line: string): EncodedEvent | undefined {
  const { source, sequence, ...event } = JSON.parse(line) as AuditEvent
  const isEvent =
    [event.type, event.action, event.id, event.timestamp].every((text) => typeof text === 'string' && text !== '') &&
    typeof event.metadata === 'object' &&
    event.metadata !== null &&
    statuses.includes(event.status)
  if (!isEvent || event.type === 'audit') return undefined
  // The event fitted once, and none of its data is cut to make room for this addition.
  return encodeEvent({ ...event, metadata: { ...event.metadata, released: { source, sequence } } }, Infinity)
}
