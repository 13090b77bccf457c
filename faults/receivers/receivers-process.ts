import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { ReceiversReports, ReceiversRequest, ReceiversSettings } from './receivers.ts'

const PROGRAM = new URL('receivers.ts', import.meta.url)

/** Receivers in their own process, so that they take no time from the measured one. One question at a time. */
export class ReceiversProcess {
  readonly #child: ChildProcess

  constructor(settings: ReceiversSettings) {
    this.#child = fork(PROGRAM, [JSON.stringify(settings)], { execArgv: [] })
    // A stopped one must not outlive the harness either.
    process.once('exit', () => this.#child.kill('SIGKILL'))
  }

  /** By name. Resolves when they listen. */
  urls(): Promise<Readonly<Record<string, string>>> {
    return this.#ask('urls')
  }

  async mend(): Promise<void> {
    await this.#ask('mend')
  }

  report(): Promise<ReceiversReports> {
    return this.#ask('report')
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  async close(): Promise<void> {
    this.#child.disconnect()
    await once(this.#child, 'exit')
  }

  async #ask<Result>(request: ReceiversRequest): Promise<Result> {
    const answer = once(this.#child, 'message')
    this.#child.send(request)
    const [result] = await answer
    return result as Result
  }
}
