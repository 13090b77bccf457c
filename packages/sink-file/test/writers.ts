import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { WriterOrder } from './writer-process.ts'

const program = fileURLToPath(new URL('writer-process.ts', import.meta.url))

/** One writer, through all processes that bore its name and were killed. */
export interface Books {
  readonly writer: string
  readonly stored: ReadonlySet<number>
  /** Events of batches that were begun and not stored at once: they may be in the files never, once or more often. */
  readonly doubtful: ReadonlySet<number>
  readonly rejections: readonly string[]
  readonly kills: number
}

export type WritersOrder = Omit<WriterOrder, 'writer' | 'books' | 'first'> & { readonly writers: number; readonly folder: string }

/** Processes that write to one path. */
export class Writers {
  readonly #order: WritersOrder
  readonly #children = new Map<string, ChildProcess>()
  readonly #kills = new Map<string, number>()
  readonly #stderr: string[] = []
  /** The number of stored events when the current process of this name began. */
  readonly #startedWith = new Map<string, number>()

  constructor(order: WritersOrder) {
    this.#order = order
    for (let index = 0; index < order.writers; index++) this.#start(`w${index}`)
  }

  get names(): readonly string[] {
    return [...this.#children.keys()]
  }

  get pids(): readonly number[] {
    return [...this.#children.values()].map((child) => child.pid!)
  }

  /** Resolves when every process has stored a batch. */
  async started(): Promise<void> {
    const before = this.#startedWith
    for (const deadline = performance.now() + 120_000; ; await delay(20)) {
      if (this.books().every(({ writer, stored }) => stored.size > (before.get(writer) ?? 0))) return
      if (performance.now() > deadline) throw new Error(`Not every process writes: ${this.#stderr.join('')}`)
    }
  }

  /** Kills the process with SIGKILL, and starts another that continues with the batch that was not stored. */
  async kill(writer: string): Promise<void> {
    const child = this.#children.get(writer)!
    child.kill('SIGKILL')
    await once(child, 'exit')
    this.#kills.set(writer, (this.#kills.get(writer) ?? 0) + 1)
    this.#start(writer)
  }

  /** Resolves when every process has closed its sink and ended, with their output on stderr. */
  async end(): Promise<string> {
    const children = [...this.#children.values()]
    await Promise.all(
      children.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return
        child.stdin!.end()
        await once(child, 'exit')
      }),
    )
    return this.#stderr.join('')
  }

  books(): readonly Books[] {
    return this.names.map((writer) => readBooks(writer, this.#booksOf(writer), this.#kills.get(writer) ?? 0))
  }

  #booksOf(writer: string): string {
    return join(this.#order.folder, `${writer}.books`)
  }

  #start(writer: string): void {
    const books = this.#booksOf(writer)
    const first = existsSync(books) ? readBooks(writer, books, 0).stored.size : 0
    this.#startedWith.set(writer, first)
    const { writers: _, folder: __, ...rest } = this.#order
    const order: WriterOrder = { ...rest, writer, books, first }
    const child = spawn(process.execPath, [program, JSON.stringify(order)], { stdio: ['pipe', 'ignore', 'pipe'] })
    child.stderr.setEncoding('utf8').on('data', (text: string) => this.#stderr.push(text))
    this.#children.set(writer, child)
  }
}

function readBooks(writer: string, path: string, kills: number): Books {
  const stored = new Set<number>()
  const doubtful = new Set<number>()
  const rejections: string[] = []
  let begun: readonly number[] = []
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : []
  for (const line of lines) {
    const [what, from, to, ...why] = line.split(' ')
    if (what === 'begun') {
      // Its predecessor did not get to store it.
      for (const number of begun) doubtful.add(number)
      begun = Array.from({ length: Number(to) - Number(from) }, (_, index) => Number(from) + index)
    }
    if (what === 'rejected') rejections.push(why.join(' '))
    if (what !== 'stored') continue
    for (const number of begun) stored.add(number)
    begun = []
  }
  for (const number of begun) doubtful.add(number)
  return { writer, stored, doubtful, rejections, kills }
}
