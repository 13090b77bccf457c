import { join } from 'node:path'
import type { DeadLetter } from '../journal/dead-letter-store.ts'
import { checkedLength, checkedLine } from './checked-line.ts'
import type { FileSystem } from './file-system.ts'
import { eachLine, ifMissing, jsonOf } from './small-file.ts'

// One file per sink, one checked line per letter, with the event as the sink got it: `{"sink":…,"id":…,"reason":…,"at":…,
// "event":{…},"crc":…}`.

/** Limit for one sink: a thousand letters of the largest event size, or a hundred thousand of the usual one. */
export const MAX_LETTER_BYTES: number = 64 << 20
/** No file of letters is larger, whatever the limit of its journal. */
const MAX_READ_BYTES = 2 * MAX_LETTER_BYTES

/** Reads the letters in a directory of another log. */
export async function readAllLetters(fileSystem: FileSystem, directory: string): Promise<readonly DeadLetter[]> {
  const names = (await fileSystem.list(directory).catch(ifMissing)) ?? []
  const files = names.filter((name) => name.endsWith('.ndjson')).toSorted()
  const letters: DeadLetter[] = []
  for (const name of files) letters.push(...(await readLetters(fileSystem, join(directory, name))))
  return letters
}

/** Reads one file of letters. Invalid lines are left out. */
export async function readLetters(fileSystem: FileSystem, path: string): Promise<readonly DeadLetter[]> {
  const letters: DeadLetter[] = []
  await eachLine(fileSystem, path, MAX_READ_BYTES, (line) => {
    const length = checkedLength(line)
    const letter = length === undefined ? undefined : letterOf(line.toString('utf8', 0, length))
    if (letter) letters.push(letter)
  })
  return letters
}

const EVENT = ',"event":'

/** Encodes a letter as one line. */
export function letterLine({ sink, id, reason, at, line }: DeadLetter): Buffer {
  return checkedLine(`${JSON.stringify({ sink, id, reason, at }).slice(0, -1)}${EVENT}${line}`)
}

/** Undefined if the text is not a letter. */
function letterOf(text: string): DeadLetter | undefined {
  // No JSON string before it can contain these characters: their quotes would be escaped.
  const event = text.indexOf(EVENT)
  if (event === -1) return undefined
  const head = (jsonOf(`${text.slice(0, event)}}`) ?? {}) as Partial<Record<keyof DeadLetter, unknown>>
  const { sink, id, reason, at } = head
  const isWhole = [sink, id, reason, at].every((member) => typeof member === 'string')
  return isWhole ? { ...(head as Omit<DeadLetter, 'line'>), line: text.slice(event + EVENT.length) } : undefined
}
