import type { AuditEvent } from '../event/event.ts'
import { readRecord } from '../log-format/record-line.ts'

// Defines a line of a trail for commands that show it: docs/journal.md, "A line". `audit verify` decides the same without this
// code.

const HEAD = '{"version":"1.0",'
/** Deeper than any event: a payload has at most 64 levels. */
const MAX_DEPTH = 128
const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"/g

/** True if readers of the trail show this line of a segment (without its line end). */
export function isTrailLine(bytes: Buffer): boolean {
  const record = readRecord(bytes)
  return record !== undefined && eventOfLine(record.line) !== undefined
}

/**
 * Returns the event of a line without its tag and checksum. Undefined if the line is invalid. A correct checksum is not enough:
 * anyone can compute one.
 */
export function eventOfLine(line: string): AuditEvent | undefined {
  if (!line.startsWith(HEAD)) return undefined
  const event = parsed(line)
  if (!event) return undefined
  const { type, action, id, timestamp, status, metadata, source, sequence } = event
  if (![type, action, id, timestamp, status, source].every((member) => typeof member === 'string')) return undefined
  if (!isObject(metadata) || !isObject(metadata.actor) || source === '') return undefined
  if (!line.endsWith(`,"source":${JSON.stringify(source)},"sequence":${sequence}}`)) return undefined
  return isSequence(sequence) && hasEachNameOnce(line, event) ? (event as AuditEvent) : undefined
}

function parsed(line: string): Partial<AuditEvent> | undefined {
  try {
    return JSON.parse(line) as Partial<AuditEvent>
  } catch {
    return undefined
  }
}

/** If two members have the same name, some readers use the first and some the last. White space and depth show another writer. */
function hasEachNameOnce(line: string, event: object): boolean {
  const bare = line.replace(STRING, '""')
  if (/\s/.test(bare)) return false
  let [depth, deepest, names] = [0, 0, 0]
  for (const character of bare) {
    if (character === '{' || character === '[') deepest = Math.max(deepest, ++depth)
    else if (character === '}' || character === ']') depth--
    else if (character === ':') names++
  }
  return deepest <= MAX_DEPTH && names === memberCountOf(event)
}

function memberCountOf(event: object): number {
  let count = 0
  const waiting: object[] = [event]
  for (let value = waiting.pop(); value; value = waiting.pop()) {
    const members = Object.values(value) as readonly unknown[]
    if (!Array.isArray(value)) count += members.length
    for (const member of members) if (typeof member === 'object' && member !== null) waiting.push(member)
  }
  return count
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isSequence(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
