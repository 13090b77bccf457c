import { constants } from 'node:fs'
import { open } from 'node:fs/promises'

const { O_DIRECTORY, O_RDONLY } = constants

/** Syncs the names in a directory to the disk. Does nothing on Windows, which cannot open a directory. */
export async function syncDirectory(path: string): Promise<void> {
  if (O_DIRECTORY === undefined) return
  const directory = await open(path, O_RDONLY | O_DIRECTORY)
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
