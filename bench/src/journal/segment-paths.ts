import { globSync } from 'node:fs'
import { join } from 'node:path'

/** The files that hold the events of a journal, oldest first. */
export function segmentPaths(directory: string): readonly string[] {
  const found = globSync('*/log/*.ndjson', { cwd: directory })
  return found.toSorted().map((path) => join(directory, path))
}
