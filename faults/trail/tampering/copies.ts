import { createReadStream, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { VerifyOptions } from '../../../packages/cli/src/index.ts'
import type { CopyKind } from './program.ts'
import { logDirectories, shownInCopies, shownInJournal, shownInLog, timeOf, type ShownEvent } from './shown-events.ts'

/** The input of the verifier: paths or a stream, and the same events as an independent reader sees them. */
export interface Shown {
  readonly input: () => Pick<VerifyOptions, 'paths' | 'stream'>
  readonly events: () => readonly ShownEvent[]
  readonly isJournal: boolean
  /** Selected events only: the missing ones do not belong to the copy. */
  readonly isFiltered: boolean
}

/** Makes a copy as sinks do, of the journal as it is now, and as people treat such files. */
export function showAs(kind: CopyKind, journal: string, folder: string): Shown {
  if (kind === 'none') {
    return { input: () => ({ paths: [journal] }), events: () => shownInJournal(journal), isJournal: true, isFiltered: false }
  }
  const lines = inTime(linesByLog(journal))
  const path = join(folder, 'audit.log')
  const paths = [path]
  const put = (name: string, content: string | Uint8Array) => {
    const at = join(folder, name)
    writeFileSync(at, content)
    return at
  }
  switch (kind) {
    case 'all':
    case 'piped':
      put('audit.log', textOf(lines))
      break
    case 'late':
      put('audit.log', textOf(lines.slice(Math.floor(lines.length / 3))))
      break
    case 'filtered':
      put('audit.log', textOf(lines.filter((text) => text.includes('"action":"booked"') || text.includes('"action":"trimmed"'))))
      break
    case 'rotated':
      paths.splice(0, 1, ...halves(lines).map((half, index) => put(`audit-${index}.log`, textOf(half))))
      break
    case 'parts':
    case 'late-parts': {
      const parts = quarters(lines).map((part, index) =>
        index % 2 === 0 ? put(`audit.log.${4 - index}`, textOf(part)) : put(`audit.log.${4 - index}.gz`, gzipSync(textOf(part))),
      )
      paths.splice(0, 1, ...(kind === 'parts' ? parts : parts.slice(1)))
      break
    }
    case 'compressed':
      // Members one after the other, as `cat a.gz b.gz` leaves them.
      paths.splice(0, 1, put('audit.log.gz', Buffer.concat(halves(lines).map((half) => gzipSync(textOf(half))))))
      break
    case 'repeated':
      // A sink gets events again that it had not acknowledged.
      put('audit.log', textOf([...lines, ...lines.slice(-Math.ceil(lines.length / 4))]))
      break
    case 'interleaved':
      put('audit.log', textOf(inTurn(linesByLog(journal))))
      break
    case 'marked':
      put('audit.log', lines.length === 0 ? '' : `\ufeff${lines.map((line) => `${line}\r\n`).join('')}`)
      break
    case 'one-log': {
      const [first] = shownInJournal(journal)
      put('audit.log', textOf(shownInJournal(journal).flatMap(({ source, text }) => (source === first?.source ? [text] : []))))
    }
  }
  return {
    input: () => (kind === 'piped' ? { stream: createReadStream(path) } : { paths: paths.toReversed() }),
    events: () => shownInCopies(paths),
    isJournal: false,
    isFiltered: kind === 'filtered',
  }
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}

function halves(lines: readonly string[]): readonly [readonly string[], readonly string[]] {
  const middle = Math.floor(lines.length / 2)
  return [lines.slice(0, middle), lines.slice(middle)]
}

function quarters(lines: readonly string[]): readonly (readonly string[])[] {
  return halves(lines).flatMap(halves)
}

/** The lines of each log, in order. */
function linesByLog(journal: string): readonly (readonly string[])[] {
  return logDirectories(journal).map((directory) => shownInLog(directory).map(({ text }) => text))
}

/** As a sink gets the lines of several logs: the oldest first, and those of one log in their order. */
function inTime(logs: readonly (readonly string[])[]): readonly string[] {
  const merged: string[] = []
  const queues = logs.map((lines) => ({ lines, next: 0 }))
  for (;;) {
    const left = queues.filter(({ lines, next }) => next < lines.length)
    if (left.length === 0) return merged
    const oldest = left.reduce((one, other) => (timeOf(one.lines[one.next]!) > timeOf(other.lines[other.next]!) ? other : one))
    merged.push(oldest.lines[oldest.next++]!)
  }
}

/** The lines of all logs in turn; those of one log stay in order. */
function inTurn(logs: readonly (readonly string[])[]): readonly string[] {
  const longest = Math.max(0, ...logs.map(({ length }) => length))
  return Array.from({ length: longest }, (_, index) => logs.flatMap((lines) => lines[index] ?? [])).flat()
}
