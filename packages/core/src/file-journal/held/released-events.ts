import { createHash } from 'node:crypto'
import { encodeEvent } from '../../event/encode.ts'
import { AuditError } from '../../errors.ts'
import { statuses, type AuditEvent, type EncodedEvent } from '../../event/event.ts'
import type { FileSystem } from '../../log-format/file-system.ts'
import { linesOf, type HeldFile } from '../../log-format/held-files.ts'
import { readRecord } from '../../log-format/record-line.ts'

const GROUP_EVENTS = 256

/**
 * The events of a held file in groups, to be appended again, if the file has these bytes. It is read twice, and any user who can
 * write to it may change it in between: a group of the second reading must equal that of the first. Throws
 * `AUDIT_INVALID_OPTIONS` at the first difference.
 */
export async function* releasedEvents(
  fileSystem: FileSystem,
  { path }: HeldFile,
  sha256: string,
): AsyncGenerator<readonly EncodedEvent[]> {
  const whole = createHash('sha256')
  const digests: string[] = []
  for await (const group of groupsOf(fileSystem, path, (bytes) => whole.update(bytes))) digests.push(digestOf(group))
  if (whole.digest('hex') !== sha256) throw changed(path)
  for await (const group of groupsOf(fileSystem, path)) {
    if (digestOf(group) !== digests.shift()) throw changed(path)
    yield group
  }
  if (digests.length > 0) throw changed(path)
}

/**
 * Each event has `metadata.released` with the offset where it was found. System events (`audit:*`) are left out, because they
 * describe the log that they were in, and so are lines that are no events.
 */
async function* groupsOf(
  fileSystem: FileSystem,
  path: string,
  onRead?: (bytes: Uint8Array) => void,
): AsyncGenerator<readonly EncodedEvent[]> {
  let group: EncodedEvent[] = []
  for await (const lines of linesOf(fileSystem, path, onRead)) {
    for (const line of lines) {
      const record = readRecord(line)
      const event = record && releasedEvent(record.line)
      if (event) group.push(event)
    }
    for (; group.length >= GROUP_EVENTS; group = group.slice(GROUP_EVENTS)) yield group.slice(0, GROUP_EVENTS)
  }
  yield group
}

function digestOf(group: readonly EncodedEvent[]): string {
  const digest = createHash('sha256')
  for (const { head } of group) digest.update(head).update('\n')
  return digest.digest('base64')
}

function changed(path: string): AuditError {
  const problem = `'${path}' changed during the release. Some events may already be delivered. Inspect the file again, then release the rest.`
  return new AuditError('AUDIT_INVALID_OPTIONS', problem)
}

/** Undefined if the line is not an event, or is a system event. */
function releasedEvent(line: string): EncodedEvent | undefined {
  const parsed = parse(line)
  if (parsed === undefined) return undefined
  const { source, sequence, ...event } = parsed
  const isEvent =
    [event.type, event.action, event.id, event.timestamp].every((text) => typeof text === 'string' && text !== '') &&
    typeof event.metadata === 'object' &&
    event.metadata !== null &&
    statuses.includes(event.status)
  if (!isEvent || event.type === 'audit') return undefined
  // The event fitted once, and none of its data is cut to make room for this addition.
  return encodeEvent({ ...event, metadata: { ...event.metadata, released: { source, sequence } } }, Infinity)
}

function parse(line: string): AuditEvent | undefined {
  try {
    return (JSON.parse(line) as AuditEvent | null) ?? undefined
  } catch {
    return undefined
  }
}
