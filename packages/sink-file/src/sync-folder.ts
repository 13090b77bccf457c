import { open } from 'node:fs/promises'

/** Syncs the names in a folder to the disk. Does nothing on Windows, which cannot. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(path)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
