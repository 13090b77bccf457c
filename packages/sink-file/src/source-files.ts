import type { AppendFile } from './append-file.ts'

/** The most files open at once; sources come and go with the processes that write them. */
const MOST_OPEN = 64

/** The files of a sink, opened on demand. The least recently used one is closed for the next. */
export class SourceFiles {
  readonly #create: (path: string) => AppendFile
  /** In the order of use, the least recently used first. */
  readonly #files = new Map<string, AppendFile>()

  constructor(create: (path: string) => AppendFile) {
    this.#create = create
  }

  async open(path: string, signal: AbortSignal): Promise<void> {
    await (await this.#use(path)).open(signal)
  }

  async append(path: string, text: string, signal: AbortSignal): Promise<void> {
    await (await this.#use(path)).append(text, signal)
  }

  async reopen(): Promise<void> {
    await Promise.all([...this.#files.values()].map((file) => file.reopen()))
  }

  async close(): Promise<void> {
    const files = [...this.#files.values()]
    this.#files.clear()
    await Promise.all(files.map((file) => file.close()))
  }

  async #use(path: string): Promise<AppendFile> {
    const file = this.#files.get(path) ?? this.#create(path)
    this.#files.delete(path)
    this.#files.set(path, file)
    if (this.#files.size > MOST_OPEN) await this.#closeOldest()
    return file
  }

  async #closeOldest(): Promise<void> {
    const [path, file] = this.#files.entries().next().value!
    this.#files.delete(path)
    await file.close()
  }
}
