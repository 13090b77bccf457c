import { close, fdatasync, openSync, write } from 'node:fs'
import { promisify } from 'node:util'

const LINGER_MS = 10

/** A file of lines. Lines gather for 10 ms, and each group is one write and one `fdatasync`. */
export class SyncedFile {
  readonly #descriptor: number
  #waiting = ''
  #count = 0
  #written = 0
  #isBusy = false
  #isArmed = false
  #idle: (() => void) | undefined

  constructor(path: string) {
    this.#descriptor = openSync(path, 'a')
  }

  /** Number of lines that are on the disk. */
  get synced(): number {
    return this.#written
  }

  append(line: string): void {
    this.#waiting += line
    this.#count++
    if (!this.#isArmed && !this.#isBusy) this.#arm()
  }

  /** Resolves when every line is on the disk. */
  async close(): Promise<void> {
    if (this.#count > 0 || this.#isBusy) await new Promise<void>((resolve) => (this.#idle = resolve))
    await promisify(close)(this.#descriptor)
  }

  #arm(): void {
    this.#isArmed = true
    setTimeout(this.#flush, LINGER_MS)
  }

  readonly #flush = (): void => {
    this.#isArmed = false
    this.#isBusy = true
    const group = Buffer.from(this.#waiting)
    const count = this.#count
    this.#waiting = ''
    this.#count = 0
    write(this.#descriptor, group, (failed) => {
      if (failed) throw failed
      fdatasync(this.#descriptor, (error) => {
        if (error) throw error
        this.#isBusy = false
        this.#written += count
        if (this.#count > 0) this.#arm()
        else this.#idle?.()
      })
    })
  }
}
