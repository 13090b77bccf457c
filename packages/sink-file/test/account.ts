import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { rotatedFiles } from '../src/rotated-name.ts'
import { eventLine } from './writer-process.ts'
import type { Books } from './writers.ts'

/** The contents of the files, compared with the records of their writers. */
export interface Account {
  readonly files: number
  readonly events: number
  /** Reported as stored by the sink, but in no file. */
  readonly lost: number
  /** The part of `lost` between two events of one writer in the same file: a gap that no file end explains. */
  readonly lostInside: number
  /** In the files more than once, although the batch was stored at the first try. */
  readonly repeated: number
  /** Before an earlier event of the same writer. */
  readonly disordered: number
  /** Lines that are not an event: a process that is killed while it writes may leave one unfinished. */
  readonly unfinished: number
  /** Incomplete compressed files. */
  readonly halves: number
}

/** Lists the files of a path: those that our own rotation closed, oldest first, and the open one. */
export function ownFiles(path: string): readonly string[] {
  const folder = dirname(path)
  const rotated = rotatedFiles(basename(path), readdirSync(folder))
  // A crash between the two leaves both. Then both are whole, and the events are counted once.
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

/** The id of a complete event. */
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
