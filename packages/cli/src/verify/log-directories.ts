import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** The logs of a journal, and descriptions of entries that a journal never contains. */
export interface FoundLogs {
  readonly directories: readonly string[]
  readonly strange: readonly string[]
}

/** Directories of a log in which each file counts. */
const LISTED = ['log', 'tiles']

/**
 * The directories of the logs in a journal, or the directory itself if it is a log: a log is a directory with a `log` in it, whatever
 * its description says. Both lists are empty if it is neither.
 */
export async function logDirectoriesOf(path: string): Promise<FoundLogs> {
  const entries = (await readdir(path, { withFileTypes: true })).toSorted((one, other) => (one.name < other.name ? -1 : 1))
  const names = new Set(entries.map(({ name }) => name))
  const isLog = names.has('log')
  const below: string[] = []
  const strange: string[] = []
  for (const entry of entries) {
    const child = join(path, entry.name)
    if (entry.isDirectory()) {
      if (!(isLog && LISTED.includes(entry.name)) && (await isLogDirectory(child))) below.push(child)
    } else if (!entry.isFile() && !isLog) strange.push(`'${child}' is ${kindOf(entry)}, which a journal never contains.`)
  }
  if (isLog && below.length === 0) return { directories: [path], strange: [] }
  if (isLog) strange.push(`'${join(path, 'log')}' makes the directory a log, but the directory also contains other logs.`)
  else if (below.length > 0 && names.has('source.json'))
    strange.push(`'${join(path, 'source.json')}' makes the directory a log, but the directory contains other logs.`)
  return { directories: isLog ? [...below, path] : below, strange: below.length > 0 || isLog ? strange : [] }
}

/** Links, pipes and devices in the directory of a log, in words. */
export async function strangeEntriesOf(directory: string): Promise<readonly string[]> {
  const strange: string[] = []
  for (const folder of [directory, ...LISTED.map((name) => join(directory, name))]) {
    const isDirectory = (await lstat(folder).catch(() => undefined))?.isDirectory()
    if (!isDirectory && folder !== directory) continue
    for (const entry of await readdir(folder, { withFileTypes: true }))
      if (!entry.isFile() && !entry.isDirectory())
        strange.push(`'${join(folder, entry.name)}' is ${kindOf(entry)}, which a log never contains.`)
  }
  return strange
}

async function isLogDirectory(path: string): Promise<boolean> {
  const names = await readdir(path)
  return names.includes('log') || names.includes('source.json')
}

function kindOf(entry: { isSymbolicLink(): boolean; isFIFO(): boolean; isSocket(): boolean }): string {
  return entry.isSymbolicLink() ? 'a link' : entry.isFIFO() ? 'a pipe' : entry.isSocket() ? 'a socket' : 'a device'
}
