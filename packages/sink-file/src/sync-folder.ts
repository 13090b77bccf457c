import { open } from 'node:fs/promises'

/** Puts the names in a folder on the disk. Windows cannot, and does nothing. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(path)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
