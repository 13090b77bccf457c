import { encodeEvent } from '../../event/encode.ts'
import { statuses, type AuditEvent, type EncodedEvent } from '../../event/event.ts'
import type { FileSystem } from './file-system.ts'
import type { HeldFile } from './held-lines.ts'
import { LineReader } from './line-reader.ts'
import { readRecord } from './record-line.ts'

const GROUP_EVENTS = 256

/**
 * The events of a file, to be appended anew in groups. Each says in `metadata.released` where it was found. The library's own events
 * are left out: they speak of the log that they stood in.
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

/** Nothing if the line is not an event, or one of the library's own. */
function releasedEvent(line: string): EncodedEvent | undefined {
  const { source, sequence, ...event } = JSON.parse(line) as AuditEvent
  const isEvent =
    [event.type, event.action, event.id, event.timestamp].every((text) => typeof text === 'string' && text !== '') &&
    typeof event.metadata === 'object' &&
    event.metadata !== null &&
    statuses.includes(event.status)
  if (!isEvent || event.type === 'audit') return undefined
  // It fitted once, and nothing of it is cut for what is added.
  return encodeEvent({ ...event, metadata: { ...event.metadata, released: { source, sequence } } }, Infinity)
}
