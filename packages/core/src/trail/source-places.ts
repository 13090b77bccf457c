import { join } from 'node:path'
import { readChecked } from '../journal/file/checked-line.ts'
import type { FileSystem } from '../journal/file/file-system.ts'
import { eachLine } from '../journal/file/small-file.ts'

/** A file of places is rewritten beyond 256 KiB. */
const MAX_READ_BYTES = 16 << 20

/** Reads the place of each cursor of a log: the first sequence that it has not acknowledged. Unreadable places are left out. */
export async function readPlaces(fileSystem: FileSystem, directory: string): Promise<ReadonlyMap<string, number>> {
  const places = new Map<string, number>()
  await eachLine(fileSystem, join(directory, 'places.ndjson'), MAX_READ_BYTES, (line) => {
    const said = readChecked(line) as { readonly places?: Readonly<Record<string, unknown>> } | null | undefined
    for (const [name, place] of Object.entries(said?.places ?? {})) if (typeof place === 'number') places.set(name, place)
  })
  return places
}
