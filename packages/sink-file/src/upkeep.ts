import { systemClock } from '@audit/core/internal'
import type { Timer } from '@audit/core/sink'
import { readdir, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { gzipFile } from './compression.ts'
import { KernelLock } from './kernel-lock.ts'
import { expiredFiles, type AgedFile, type RetentionRule } from './retention.ts'
import { isPartOf, rotatedFiles } from './rotated-name.ts'

export interface UpkeepOptions extends RetentionRule {
  readonly gzip: boolean
  /** False: no other process cleans up these files. */
  readonly lock: boolean
  /** Permissions of the lock. */
  readonly mode: number
}

const HOUR_MS = 3_600_000

/**
 * Cleans up closed files in the background: removes those that are too old or too many, and compresses the others, one at a time,
 * oldest first. Paths come in. A failure is warned of once, and retried at the next rotation or hour.
 */
export class Upkeep {
  readonly #options: UpkeepOptions
  readonly #known = new Set<string>()
  readonly #asked = new Set<string>()
  readonly #stop = new AbortController()
  readonly #timer: { current?: Timer } = {}
  #running: Promise<void> | undefined
  #hasWarned = false

  constructor(options: UpkeepOptions) {
    this.#options = options
    if (options.keepMs !== Infinity) this.#everyHour()
  }

  /** Starts the clean-up for this path, without waiting for it. */
  ask(path: string): void {
    if (this.#stop.signal.aborted) return
    this.#known.add(path)
    this.#asked.add(path)
    this.#running ??= this.#run().finally(() => (this.#running = undefined))
  }

  /** Resolves when the clean-up has stopped; a file that is being compressed stays unchanged. */
  async close(): Promise<void> {
    this.#timer.current?.cancel()
    this.#stop.abort()
    await this.#running
  }

  #everyHour(): void {
    this.#timer.current = systemClock.schedule(
      HOUR_MS,
      () => {
        this.#known.forEach((path) => this.ask(path))
        this.#everyHour()
      },
      { keepAlive: false },
    )
  }

  async #run(): Promise<void> {
    for (const path of this.#asked) {
      this.#asked.delete(path)
      try {
        await this.#lookAfter(path)
        this.#hasWarned = false
      } catch (error) {
        if (!this.#stop.signal.aborted) this.#warn(path, error)
      }
      if (this.#stop.signal.aborted) return
    }
  }

  async #lookAfter(path: string): Promise<void> {
    const lock = this.#options.lock ? new KernelLock(`${path}.upkeep.lock`, this.#options.mode) : undefined
    const grown = new Set<string>()
    try {
      // A process that finds the lock taken leaves, so the holder looks once more after it has released the lock.
      do {
        const isDone = lock ? await lock.ifFree(() => this.#pass(path, grown)) : (await this.#pass(path, grown), true)
        if (!isDone) return
      } while ((await this.#toCompress(path, grown)).length > 0)
    } finally {
      lock?.close()
    }
  }

  async #pass(path: string, grown: Set<string>): Promise<void> {
    const folder = dirname(path)
    const names = await readdir(folder)
    // No other process compresses now, so these parts are left over.
    for (const name of names) if (isPartOf(basename(path), name)) await rm(join(folder, name), { force: true })
    const files = await withAges(folder, basename(path), names)
    for (const { name } of expiredFiles(this.#options, files, systemClock.now())) {
      await rm(join(folder, `${name}.gz`), { force: true })
      await rm(join(folder, name), { force: true })
    }
    for (const name of await this.#toCompress(path, grown)) {
      this.#stop.signal.throwIfAborted()
      if (!(await gzipFile(join(folder, name), this.#stop.signal))) grown.add(name)
    }
  }

  /** Lists closed files that are not compressed, without those that another program still writes to. */
  async #toCompress(path: string, grown: ReadonlySet<string>): Promise<readonly string[]> {
    if (!this.#options.gzip) return []
    const files = rotatedFiles(basename(path), await readdir(dirname(path)))
    return files.filter(({ name, isPlain }) => isPlain && !grown.has(name)).map(({ name }) => name)
  }

  /** Warns instead of rejecting batches: no event is lost, but the disk may fill up. */
  #warn(path: string, error: unknown): void {
    if (this.#hasWarned) return
    this.#hasWarned = true
    const reason = error instanceof Error ? error.message : 'an unknown error'
    process.emitWarning(`Cannot compress or remove the rotated files of ${path}: ${reason}`, { code: 'AUDIT_FILE_UPKEEP' })
  }
}

async function withAges(folder: string, base: string, names: readonly string[]): Promise<readonly AgedFile[]> {
  const files: AgedFile[] = []
  for (const file of rotatedFiles(base, names)) {
    const found = await stat(join(folder, file.isPlain ? file.name : `${file.name}.gz`)).catch(() => undefined)
    if (found) files.push({ ...file, lastWrittenMs: found.mtimeMs })
  }
  return files
}
