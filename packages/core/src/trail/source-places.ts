import { join } from 'node:path'
import { readChecked } from '../journal/file/checked-line.ts'
import type { FileSystem } from '../journal/file/file-system.ts'
import { eachLine } from '../journal/file/small-file.ts'

/** A file of places is rewritten beyond 256 KiB. */
const MAX_READ_BYTES = 16 << 20

/** Where each reader of a log stands: the sequence it has not acknowledged yet. What cannot be read is left out. */
export async function readPlaces(fileSystem: FileSystem, directory: string): Promise<ReadonlyMap<string, number>> {
  const places = new Map<string, number>()
  await eachLine(fileSystem, join(directory, 'places.ndjson'), MAX_READ_BYTES, (line) => {
    const said = readChecked(line) as { readonly places?: Readonly<Record<string, unknown>> } | null | undefined
    for (const [name, place] of Object.entries(said?.places ?? {})) if (typeof place === 'number') places.set(name, place)
  })
  return places
}
