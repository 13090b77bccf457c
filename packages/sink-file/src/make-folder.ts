import { mkdir, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'

/** The trail names people, so its folders are for the owner alone. */
const MODE = 0o700

/**
 * Creates a folder and its missing parents. Resolves with the topmost one that was missing, or undefined. Each is tried at most
 * twice: `mkdir` with `recursive: true` tries forever if an existing folder accepts no folders, such as /proc.
 */
export async function makeFolder(path: string): Promise<string | undefined> {
  const folder = resolve(path)
  if (await isMade(folder)) return folder
  if ((await stat(folder).catch(ifMissing))?.isDirectory()) return undefined
  if (dirname(folder) === folder) throw notAFolder(folder)
  const above = await makeFolder(dirname(folder))
  if (!(await isMade(folder)) && !(await stat(folder)).isDirectory()) throw notAFolder(folder)
  return above ?? folder
}

/** False if an entry already exists there, or the parent folder does not. */
async function isMade(folder: string): Promise<boolean> {
  try {
    await mkdir(folder, { mode: MODE })
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST' || code === 'ENOENT') return false
    throw error
  }
}

function ifMissing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
}

function notAFolder(folder: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${folder} is not a folder`), { code: 'ENOTDIR' })
}
