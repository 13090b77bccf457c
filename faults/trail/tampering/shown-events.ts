import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { checksumOf, ForgedLog } from './forged-log.ts'
import type { EventText } from './ledger.ts'

// Reads the events of a trail without any code of the product: the verifier's counts and the readers' events are compared with
// this.

export interface ShownEvent {
  readonly source: string
  readonly sequence: number
  readonly text: EventText
  /** Its checksum is correct, or it is a line of a sink. */
  readonly isIntact: boolean
}

/** The lines that count in all logs of a journal, in their order in the files. Leaves out lines that are not events of a log. */
export function shownInJournal(journal: string): readonly ShownEvent[] {
  return logDirectories(journal).flatMap(shownInLog)
}

/** A journal as a service finds it. */
export interface FoundJournal {
  /** The directory that is named after its log comes before a copy of it. */
  readonly events: readonly ShownEvent[]
  /** The names and sources of each log in its directory and its description, by the source of its lines. */
  readonly describedAs: ReadonlyMap<string, readonly string[]>
  /** The sources of the lines in each log that has a signed checkpoint or a tag. */
  readonly signed: ReadonlySet<string>
}

export function foundIn(journal: string): FoundJournal {
  const logs = logDirectories(journal).map((directory) => {
    const log = ForgedLog.read(directory)
    const events = eventsOf(log)
    return { directory, log, events, isNamedAfter: events[0]?.source.endsWith(directory.slice(-8)) ?? false }
  })
  const describedAs = new Map<string, string[]>()
  for (const { directory, events } of logs) {
    const source = events[0]?.source
    if (source === undefined) continue
    const known = describedAs.get(source) ?? []
    describedAs.set(source, [...known, basename(directory), ...sourceDescribed(directory)])
  }
  const signed = logs.flatMap(({ directory, log, events }) => {
    const path = join(directory, 'checkpoint')
    const hasSignature = existsSync(path) && readFileSync(path, 'utf8').includes('\n\n\u2014 ')
    return hasSignature || log.lines.some(({ tag }) => tag !== undefined) ? events.map(({ source }) => source) : []
  })
  const named = logs.filter(({ isNamedAfter }) => isNamedAfter)
  const others = logs.filter(({ isNamedAfter }) => !isNamedAfter)
  return { events: [...named, ...others].flatMap(({ events }) => events), describedAs, signed: new Set(signed) }
}

export function shownInLog(directory: string): readonly ShownEvent[] {
  return eventsOf(ForgedLog.read(directory))
}

function eventsOf({ lines }: ForgedLog): readonly ShownEvent[] {
  return lines.flatMap((line) => {
    const event = eventOf(line.text)
    return event ? [{ ...event, isIntact: line.crc === checksumOf(line) }] : []
  })
}

function sourceDescribed(directory: string): readonly string[] {
  try {
    return [(JSON.parse(readFileSync(join(directory, 'source.json'), 'utf8')) as { readonly source: string }).source]
  } catch {
    return []
  }
}

/** The lines of copies, in order, repeated ones too. */
export function shownInCopies(paths: readonly string[]): readonly ShownEvent[] {
  return paths.flatMap((path) => shownInText(path.endsWith('.gz') ? gunzipSync(readFileSync(path)) : readFileSync(path)))
}

export function shownInText(bytes: Buffer): readonly ShownEvent[] {
  const lines = bytes
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .split('\n')
  return lines.flatMap((line) => {
    const event = eventOf(line.replace(/\r$/, ''))
    return event ? [{ ...event, isIntact: true }] : []
  })
}

/** Every directory with segments, whatever its name. */
export function logDirectories(journal: string): readonly string[] {
  return readdirSync(journal)
    .map((name) => join(journal, name))
    .filter(
      (path) => lstatSync(path).isDirectory() && existsSync(join(path, 'log')) && lstatSync(join(path, 'log')).isDirectory(),
    )
    .toSorted()
}

/**
 * Those at the position where a reader expects them: not after a larger sequence of the same log, and first at their position. The
 * others do not count, and are found.
 */
export function inPlace(events: readonly ShownEvent[]): readonly ShownEvent[] {
  const next = new Map<string, number>()
  return events.filter(({ source, sequence }) => {
    const isInPlace = sequence >= (next.get(source) ?? 0)
    if (isInPlace) next.set(source, sequence + 1)
    return isInPlace
  })
}

/** The sequences of each log for which there is a line. */
export function sequencesOf(events: readonly ShownEvent[]): ReadonlyMap<string, ReadonlySet<number>> {
  const found = new Map<string, Set<number>>()
  for (const { source, sequence } of events) {
    const sequences = found.get(source) ?? new Set()
    found.set(source, sequences.add(sequence))
  }
  return found
}

/** When it was recorded, in milliseconds since 1970. */
export function timeOf(text: EventText): number {
  return Date.parse(/"timestamp":"([^"]*)","id":/.exec(text)?.[1] ?? '')
}

/** Source and sequence are the last members of an event. */
const ENDS_WITH_PLACE = /,"source":"[^"]*","sequence":\d+}$/

function eventOf(text: string): Omit<ShownEvent, 'isIntact'> | undefined {
  if (!ENDS_WITH_PLACE.test(text)) return undefined
  try {
    const { source, sequence } = JSON.parse(text) as { readonly source?: unknown; readonly sequence?: unknown }
    return typeof source === 'string' && typeof sequence === 'number' ? { source, sequence, text } : undefined
  } catch {
    return undefined
  }
}
