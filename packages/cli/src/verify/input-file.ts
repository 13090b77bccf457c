import { constants, type Stats } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'

// Opens files of the input. The writer of the trail may have put anything in place of a file: a link to another log, a pipe that
// never answers, a device that never ends.

/** An input is neither a file nor, where allowed, a pipe of the shell, so the trail cannot be checked. */
export class NotAFileError extends Error {
  override readonly name: string = 'NotAFileError'
  readonly code = 'AUDIT_NOT_A_FILE'
}

/** `<(…)` of a shell, and the standard input. */
const SHELL_PIPE = /^\/(?:dev\/stdin|(?:dev|proc\/self)\/fd\/\d+)$/

/** A file that a person names may be a link, or a pipe of the shell. */
export async function openGiven(path: string): Promise<FileHandle> {
  const file = await openAny(path)
  return SHELL_PIPE.test(path) ? file : onlyFile(file, path)
}

function openAny(path: string): Promise<FileHandle> {
  return open(path, constants.O_RDONLY | (SHELL_PIPE.test(path) ? 0 : constants.O_NONBLOCK))
}

/**
 * Reads a small file that a person names, such as a key. Rejects with what `refused` makes of the reason if it cannot be read, is
 * neither a file nor a pipe of the shell, or has more than `maxBytes` bytes.
 */
export async function readGiven(path: string, maxBytes: number, refused: (reason: string) => Error): Promise<Buffer> {
  const unreadable = ({ code }: NodeJS.ErrnoException) => {
    throw refused(code ?? 'unknown error')
  }
  const file = await openAny(path).catch(unreadable)
  try {
    const stats = await file.stat()
    if (!stats.isFile() && !SHELL_PIPE.test(path)) throw refused(`it is ${kindOf(stats)}`)
    const bytes = Buffer.alloc(maxBytes + 1)
    const count = await fill(file, bytes, null).catch(unreadable)
    if (count > maxBytes) throw refused(`it has more than ${maxBytes} bytes`)
    return bytes.subarray(0, count)
  } finally {
    await file.close()
  }
}

/**
 * Opens a file inside a journal, which must be a regular file. Rejects with `NotAFileError` for anything else, and as the file
 * system does.
 */
export async function openInside(path: string): Promise<FileHandle> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ELOOP' && error.code !== 'ENXIO') throw error
      throw new NotAFileError(
        `'${path}' is ${error.code === 'ELOOP' ? 'a link' : 'not a regular file'}. A journal contains only regular files.`,
      )
    },
  )
  return onlyFile(file, path)
}

async function onlyFile(file: FileHandle, path: string): Promise<FileHandle> {
  const stats = await file.stat()
  if (stats.isFile()) return file
  await file.close()
  throw new NotAFileError(`'${path}' is ${kindOf(stats)}, not a file. To check what a command prints: <command> | audit verify -`)
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a directory'
  return stats.isFIFO() ? 'a pipe' : stats.isSocket() ? 'a socket' : 'a device'
}

/** Reads a small file inside a journal, at most `maxBytes` bytes. Undefined if it does not exist. */
export async function readInside(path: string, maxBytes: number): Promise<string | undefined> {
  const file = await openInside(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
  if (!file) return undefined
  try {
    return await textOf(file, maxBytes)
  } finally {
    await file.close()
  }
}

async function textOf(file: FileHandle, maxBytes: number): Promise<string> {
  const { size } = await file.stat()
  const bytes = Buffer.alloc(Math.min(size, maxBytes))
  return bytes.toString('utf8', 0, await fill(file, bytes, 0))
}

/** Reads until the bytes are full or the file ends. A pipe has no position: null. Resolves with their number. */
async function fill(file: FileHandle, bytes: Buffer, position: number | null): Promise<number> {
  let count = 0
  while (count < bytes.length) {
    const from = position === null ? null : position + count
    const { bytesRead } = await file.read(bytes, count, bytes.length - count, from)
    if (bytesRead === 0) break
    count += bytesRead
  }
  return count
}
