import { constants } from 'node:fs'
import { open, rename, rm, unlink, utimes } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { PART } from './rotated-name.ts'
import { syncFolder } from './sync-folder.ts'

/**
 * Replaces a closed file by its `.gz`, which has its age and permissions. At any moment one of them is whole: the `.gz` has its name
 * only when the disk has all of it, and the file is removed only then. False: it has grown meanwhile, and is left as it was.
 */
export async function gzipFile(path: string, signal: AbortSignal): Promise<boolean> {
  const part = `${path}${PART}`
  const noFollow = constants.O_NOFOLLOW ?? 0
  const source = await open(path, constants.O_RDONLY | noFollow)
  try {
    const { mode, atime, mtime } = await source.stat()
    // What is left of a compression that was killed.
    await rm(part, { force: true })
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL
    const target = await open(part, flags | noFollow, mode & 0o777)
    // The umask of today may be narrower than that of the file.
    await target.chmod(mode & 0o777)
    const gzip = createGzip()
    const to = target.createWriteStream({ flush: true })
    await pipeline(source.createReadStream({ start: 0, autoClose: false }), gzip, to, { signal })
    await utimes(part, atime, mtime)
    if ((await source.stat()).size !== gzip.bytesWritten) {
      await rm(part, { force: true })
      return false
    }
    await rename(part, `${path}.gz`)
    await syncFolder(dirname(path))
    await unlink(path)
    return true
  } catch (error) {
    await rm(part, { force: true })
    throw error
  } finally {
    await source.close()
  }
}
