import { syncDirectory } from '@audit/core/internal'
import { constants } from 'node:fs'
import { open, rename, rm, unlink, utimes } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { PART } from './rotated-name.ts'

/**
 * Replaces a closed file by its `.gz`, with the same age and permissions. One of them is whole at any moment: the `.gz` gets its
 * name only when the disk has all of it, and only then the file is removed. Returns false, and keeps the file, if it grew meanwhile.
 */
export async function gzipFile(path: string, signal: AbortSignal): Promise<boolean> {
  const part = `${path}${PART}`
  const noFollow = constants.O_NOFOLLOW ?? 0
  const source = await open(path, constants.O_RDONLY | noFollow)
  try {
    const { mode, atime, mtime } = await source.stat()
    // A compression that was killed may have left a part.
    await rm(part, { force: true })
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL
    const target = await open(part, flags | noFollow, mode & 0o777)
    // The umask may have become narrower since the file was created.
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
    await syncDirectory(dirname(path))
    await unlink(path)
    return true
  } catch (error) {
    await rm(part, { force: true })
    throw error
  } finally {
    await source.close()
  }
}
