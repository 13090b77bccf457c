import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { AuditError } from '../../errors.ts'
import type { DeadLetter, DeadLetters } from '../dead-letters.ts'
import { checkedLength, checkedLine } from './checked-line.ts'
import type { FileSystem, OpenFile } from './file-system.ts'
import { SerialQueue } from './serial-queue.ts'
import { eachLine, ifMissing, jsonOf, replaceFile } from './small-file.ts'

// One file per sink, one checked line per letter, with the event as the sink got it: `{"sink":…,"id":…,"reason":…,"at":…,
// "event":{…},"crc":…}`. Letters are few, so a process rewrites the file for its first letter and for every removal.

/** Limit for one sink: a thousand letters of the largest event size, or a hundred thousand of the usual one. */
const MAX_BYTES = 64 << 20
/** No file of letters is larger, whatever the limit of its journal. */
const MAX_READ_BYTES = 2 * MAX_BYTES
/** Every file system accepts names of this length, with the extension. */
const MAX_NAME = 200

interface LetterFile {
  readonly file: OpenFile
  readonly ids: Set<string>
  bytes: number
}

export interface FileDeadLettersOptions {
  readonly fileSystem: FileSystem
  /** The current directory of the files. Throws while the journal has no log. */
  readonly directory: () => string
  readonly maxBytes?: number
}

export class FileDeadLetters implements DeadLetters {
  readonly #options: FileDeadLettersOptions
  readonly #maxBytes: number
  readonly #open = new Map<string, LetterFile>()
  readonly #tasks = new SerialQueue()

  constructor(options: FileDeadLettersOptions) {
    this.#options = options
    this.#maxBytes = options.maxBytes ?? MAX_BYTES
  }

  /** Resolves once the letters are durable. A letter that exists already, by sink and id, is not added again. */
  add(letters: readonly DeadLetter[]): Promise<void> {
    return this.#tasks.run(async () => {
      for (const sink of new Set(letters.map((letter) => letter.sink)))
        await this.#add(
          sink,
          letters.filter((letter) => letter.sink === sink),
        )
    })
  }

  list(sink?: string): Promise<readonly DeadLetter[]> {
    return this.#tasks.run(async () => {
      const directory = this.#options.directory()
      if (sink !== undefined) return readLetters(this.#options.fileSystem, join(directory, fileNameOf(sink)))
      return readAllLetters(this.#options.fileSystem, directory)
    })
  }

  remove(sink: string, ids: readonly string[]): Promise<number> {
    return this.#tasks.run(async () => {
      const path = this.#pathOf(sink)
      const letters = await readLetters(this.#options.fileSystem, path)
      const gone = new Set(ids)
      const kept = letters.filter((letter) => !gone.has(letter.id))
      if (kept.length < letters.length) await this.#write(path, kept)
      return letters.length - kept.length
    })
  }

  /** Closes the files. The next call opens them again, in the directory of that moment. */
  close(): Promise<void> {
    return this.#tasks.run(async () => {
      for (const path of this.#open.keys()) await this.#forget(path)
    })
  }

  async #add(sink: string, letters: readonly DeadLetter[]): Promise<void> {
    const path = this.#pathOf(sink)
    const open = this.#open.get(path) ?? (await this.#write(path, await readLetters(this.#options.fileSystem, path)))
    const added = new Map(letters.filter(({ id }) => !open.ids.has(id)).map((letter) => [letter.id, letter]))
    if (added.size === 0) return
    const bytes = Buffer.concat(Array.from(added.values(), lineOf))
    if (open.bytes + bytes.length > this.#maxBytes) {
      throw new AuditError(
        'AUDIT_DEAD_LETTERS_FULL',
        `The dead letters of sink '${sink}' are full: ${open.bytes} of ${this.#maxBytes} bytes. Inspect them, then replay or purge them.`,
      )
    }
    try {
      if ((await open.file.write(bytes)) !== bytes.length) throw new Error('The disk is full.')
      await open.file.sync()
    } catch (error) {
      // After a failed write, a successful sync of this file proves nothing. The next try writes a new file.
      await this.#forget(path)
      throw error
    }
    open.bytes += bytes.length
    for (const id of added.keys()) open.ids.add(id)
  }

  async #write(path: string, letters: readonly DeadLetter[]): Promise<LetterFile> {
    await this.#forget(path)
    const bytes = Buffer.concat(letters.map(lineOf))
    const file = await replaceFile(this.#options.fileSystem, path, bytes)
    const open = { file, bytes: bytes.length, ids: new Set(letters.map(({ id }) => id)) }
    this.#open.set(path, open)
    return open
  }

  async #forget(path: string): Promise<void> {
    const open = this.#open.get(path)
    this.#open.delete(path)
    await open?.file.close().catch(() => undefined)
  }

  #pathOf(sink: string): string {
    return join(this.#options.directory(), fileNameOf(sink))
  }
}

/** Reads the letters in a directory of another log. */
export async function readAllLetters(fileSystem: FileSystem, directory: string): Promise<readonly DeadLetter[]> {
  const names = (await fileSystem.list(directory).catch(ifMissing)) ?? []
  const files = names.filter((name) => name.endsWith('.ndjson')).toSorted()
  const letters: DeadLetter[] = []
  for (const name of files) letters.push(...(await readLetters(fileSystem, join(directory, name))))
  return letters
}

async function readLetters(fileSystem: FileSystem, path: string): Promise<readonly DeadLetter[]> {
  const letters: DeadLetter[] = []
  await eachLine(fileSystem, path, MAX_READ_BYTES, (line) => {
    const length = checkedLength(line)
    const letter = length === undefined ? undefined : letterOf(line.toString('utf8', 0, length))
    if (letter) letters.push(letter)
  })
  return letters
}

const EVENT = ',"event":'

function lineOf({ sink, id, reason, at, line }: DeadLetter): Buffer {
  return checkedLine(`${JSON.stringify({ sink, id, reason, at }).slice(0, -1)}${EVENT}${line}`)
}

/** Undefined if the text is not a letter. */
function letterOf(text: string): DeadLetter | undefined {
  // No JSON string before it can contain these characters: their quotes would be escaped.
  const event = text.indexOf(EVENT)
  if (event === -1) return undefined
  const head = (jsonOf(`${text.slice(0, event)}}`) ?? {}) as Partial<Record<keyof DeadLetter, unknown>>
  const { sink, id, reason, at } = head
  const isWhole = [sink, id, reason, at].every((member) => typeof member === 'string')
  return isWhole ? { ...(head as Omit<DeadLetter, 'line'>), line: text.slice(event + EVENT.length) } : undefined
}

/** A readable name, always the same for the same sink. No name leads out of the directory. */
function fileNameOf(sink: string): string {
  const encoded = encodeURIComponent(sink).replaceAll('*', '%2A')
  if (encoded.length <= MAX_NAME) return `${encoded}.ndjson`
  return `${encoded.slice(0, MAX_NAME / 2)}~${createHash('sha256').update(sink).digest('hex')}.ndjson`
}
