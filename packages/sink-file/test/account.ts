import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { rotatedFiles } from '../src/rotated-name.ts'
import { eventLine } from './writer-process.ts'
import type { Books } from './writers.ts'

/** What the files come to, held against the books of those who wrote them. */
export interface Account {
  readonly files: number
  readonly events: number
  /** Stored, said the sink, and in no file. */
  readonly lost: number
  /** Of these, between two events of the same writer that are in one file: a hole where no file ended. */
  readonly lostInside: number
  /** More than once in the files, although its batch was stored at the first try. */
  readonly repeated: number
  /** Before one of the same writer that was written earlier. */
  readonly disordered: number
  /** Lines that are no event: a process that is killed while it writes may leave one unfinished. */
  readonly unfinished: number
  /** Compressed files of which a part is missing. */
  readonly halves: number
}

/** Where the files of a path are: those that our own rotation closed, oldest first, and the open one. */
export function ownFiles(path: string): readonly string[] {
  const folder = dirname(path)
  const rotated = rotatedFiles(basename(path), readdirSync(folder))
  // A crash between the two leaves both; then either is whole, and the events are in the files once.
  const closed = rotated.map(({ name, isPlain }) => join(folder, isPlain ? name : `${name}.gz`))
  return existsSync(path) ? [...closed, path] : closed
}

export function accountOf(files: readonly string[], books: readonly Books[]): Account {
  const found = new Map<string, { readonly file: string; readonly place: number; readonly times: number }>()
  let [place, fragments, halves] = [0, 0, 0]
  for (const file of files) {
    const text = readText(file)
    if (text === undefined) halves++
    for (const line of (text ?? '').split('\n')) {
      if (line === '') continue
      const id = idOf(line)
      if (id) found.set(id, { file, place: place++, times: (found.get(id)?.times ?? 0) + 1 })
      else fragments++
    }
  }
  const sums = { lost: 0, lostInside: 0, repeated: 0, disordered: 0 }
  for (const { writer, stored, doubtful } of books) {
    let last: { readonly file: string; readonly place: number } = { file: '', place: -1 }
    let gap = 0
    for (const number of [...stored].toSorted((one, other) => one - other)) {
      const event = found.get(`${writer}-${number}`)
      if (!event) gap++
      if (!event) continue
      sums.lost += gap
      if (event.file === last.file) sums.lostInside += gap
      if (event.times > 1 && !doubtful.has(number)) sums.repeated++
      if (event.place < last.place) sums.disordered++
      last = event
      gap = 0
    }
    sums.lost += gap
  }
  return { files: files.length, events: place, ...sums, unfinished: fragments, halves }
}

/** The id of an event that is there to the last character. */
function idOf(line: string): string | undefined {
  const id = /^\{"version":"1\.0","id":"(w\d+-\d+)"/.exec(line)?.[1]
  const [writer, number] = id?.split('-') ?? []
  return id && line === eventLine(writer!, Number(number)) ? id : undefined
}

function readText(path: string): string | undefined {
  const bytes = readFileSync(path)
  if (!path.endsWith('.gz')) return bytes.toString()
  try {
    return gunzipSync(bytes).toString()
  } catch {
    return undefined
  }
}
