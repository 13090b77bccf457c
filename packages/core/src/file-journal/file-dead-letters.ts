import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { AuditError } from '../errors.ts'
import type { DeadLetter, DeadLetterStore } from '../journal/dead-letter-store.ts'
import { letterLine, MAX_LETTER_BYTES, readAllLetters, readLetters } from '../log-format/dead-letter-file.ts'
import type { FileSystem, OpenFile } from '../log-format/file-system.ts'
import { SerialQueue } from '../serial-queue.ts'
import { replaceFile } from '../log-format/small-file.ts'

// Letters are few, so a process rewrites the file of a sink for its first letter and for every removal.

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

export class FileDeadLetters implements DeadLetterStore {
  readonly #options: FileDeadLettersOptions
  readonly #maxBytes: number
  readonly #open = new Map<string, LetterFile>()
  readonly #tasks = new SerialQueue()

  constructor(options: FileDeadLettersOptions) {
    this.#options = options
    this.#maxBytes = options.maxBytes ?? MAX_LETTER_BYTES
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
    const bytes = Buffer.concat(Array.from(added.values(), letterLine))
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
    const bytes = Buffer.concat(letters.map(letterLine))
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

/** A readable name, always the same for the same sink. No name leads out of the directory. */
function fileNameOf(sink: string): string {
  const encoded = encodeURIComponent(sink).replaceAll('*', '%2A')
  if (encoded.length <= MAX_NAME) return `${encoded}.ndjson`
  return `${encoded.slice(0, MAX_NAME / 2)}~${createHash('sha256').update(sink).digest('hex')}.ndjson`
}
