import { createHash, type Hash } from 'node:crypto'
import { basename, join } from 'node:path'
import type { HeldLog } from '../journal/held.ts'
import { HELD_DIRECTORY } from './file-names.ts'
import type { FileSystem } from './file-system.ts'
import { LineReader } from './line-reader.ts'
import { readRecord, recordsWithin } from './record-line.ts'
import { parseSegment } from './segment-name.ts'
import { ifMissing } from './small-file.ts'
import { heldIn } from './source-directory.ts'

// Lines that a start found after the last valid tag are in `held/`, one file per affected segment; or a mark holds the whole log.

/** Reason why lines are held. `torn`: a crash cut off one group, whose callers never got a result. */
export type HeldReason = 'torn' | 'unauthenticated'

export interface HeldFile {
  readonly path: string
  readonly reason: HeldReason
  /** The sequence that the first of its lines would have had. */
  readonly from: number
  /** The log of the process that found it has recorded it. */
  readonly isRecorded: boolean
}

/** The part of an `audit:recovered` event about one file. */
export interface HeldContent {
  readonly from: number
  /** Number of complete lines. */
  readonly lines: number
  readonly bytes: number
  /** Hash of all its bytes, in hexadecimal digits. */
  readonly sha256: string
}

const NAME = /^(\d{20})\.\d{1,9}-\d{1,9}\.(torn|unauthenticated)\.ndjson(\.new)?$/

/** The held lines of one log. */
export interface Held extends HeldLog {
  readonly directory: string
  readonly files: readonly { readonly file: HeldFile; readonly content: HeldContent }[]
}

/**
 * Reads the held and recorded lines of a log. Undefined without such lines. Leaves out lines that a crash cut off: their callers
 * never got a result.
 */
export async function readHeldLog(
  fileSystem: FileSystem,
  directory: string,
  once: ReadOnce = (_, read) => read(() => undefined),
): Promise<Held | undefined> {
  const log = basename(directory)
  const whole = await heldIn(fileSystem, directory)
  if (whole !== undefined) {
    const paths = await segmentsOf(fileSystem, directory)
    const sha256 = [await once(paths, (check) => hashOf(fileSystem, paths, check))]
    return { log, directory, lines: whole, sha256, isWhole: true, files: [] }
  }
  const files = []
  for (const file of await listHeld(fileSystem, directory))
    if (file.reason === 'unauthenticated' && file.isRecorded)
      files.push({ file, content: await once([file.path], (check) => readHeld(fileSystem, file, check)) })
  if (files.length === 0) return undefined
  const lines = files.reduce((sum, { content }) => sum + content.lines, 0)
  return { log, directory, lines, sha256: files.map(({ content }) => content.sha256), isWhole: false, files }
}

/** Returns the earlier result for these files, if they are unchanged. */
export type ReadOnce = <Value>(paths: readonly string[], read: (check: () => void) => Promise<Value>) => Promise<Value>

/** The files of a log's directory that hold lines, the oldest sequence first. */
export async function listHeld(fileSystem: FileSystem, directory: string): Promise<readonly HeldFile[]> {
  const held = join(directory, HELD_DIRECTORY)
  const names = (await fileSystem.list(held).catch(ifMissing)) ?? []
  return names.toSorted().flatMap((name) => {
    const match = NAME.exec(name)
    if (!match) return []
    const reason = match[2] as HeldReason
    return [{ path: join(held, name), reason, from: Number(match[1]), isRecorded: match[3] === undefined }]
  })
}

/** Reads a file as far as a reader of the journal does. `check` is called for each chunk, and may throw to end that. */
export async function readHeld(
  fileSystem: FileSystem,
  { path, from }: HeldFile,
  check: () => void = () => undefined,
): Promise<HeldContent> {
  const sha256 = createHash('sha256')
  let lines = 0
  const bytes = await hashLines(fileSystem, path, { sha256, check }, (line) => {
    lines += readRecord(line) ? 1 : recordsWithin(line).length
  })
  return { from, lines, bytes, sha256: sha256.digest('hex') }
}

async function segmentsOf(fileSystem: FileSystem, directory: string): Promise<readonly string[]> {
  const log = join(directory, 'log')
  const names = (await fileSystem.list(log)).filter((each) => parseSegment(each))
  return names.toSorted().map((name) => join(log, name))
}

/** Hash of all bytes of these files that a reader of the journal reads. */
async function hashOf(fileSystem: FileSystem, paths: readonly string[], check: () => void): Promise<string> {
  const sha256 = createHash('sha256')
  for (const path of paths) await hashLines(fileSystem, path, { sha256, check })
  return sha256.digest('hex')
}

/** Reads a file as far as a reader of the journal does, and hashes what it reads. Resolves with the number of bytes. */
export async function hashLines(
  fileSystem: FileSystem,
  path: string,
  { sha256, check }: { readonly sha256: Hash; readonly check: () => void },
  onLine: (line: Buffer) => void = () => undefined,
): Promise<number> {
  let read = 0
  const onRead = (bytes: Uint8Array) => {
    check()
    sha256.update(bytes)
    read += bytes.length
  }
  for await (const lines of linesOf(fileSystem, path, onRead)) for (const line of lines) onLine(line)
  return read
}

/**
 * Reads a file as far as a reader of the journal does, and yields its lines, some at a time. They are valid until the next ones are
 * read. `onRead` gets all bytes, and may throw to end that.
 */
export async function* linesOf(
  fileSystem: FileSystem,
  path: string,
  onRead: (bytes: Uint8Array) => void = () => undefined,
): AsyncGenerator<readonly Buffer[]> {
  const file = await fileSystem.open(path, 'read')
  try {
    const reader = new LineReader({
      async read(bytes, position) {
        const count = await file.read(bytes, position)
        onRead(bytes.subarray(0, count))
        return count
      },
    })
    while (await reader.fill()) {
      const lines: Buffer[] = []
      for (let line = reader.take(); line; line = reader.take()) lines.push(line)
      yield lines
    }
  } finally {
    await file.close()
  }
}
