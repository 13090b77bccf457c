import { Worker } from 'node:worker_threads'

/** No program takes as long on the slowest machine. */
const LIMIT_MS = 600_000

/** Ends this process if a program never returns to the event loop, where no deadline of it is reached, and prints that program. */
export class Watchdog {
  readonly #worker = new Worker(watch, { eval: true, workerData: { limitMs: LIMIT_MS, pid: process.pid } })

  constructor() {
    this.#worker.unref()
  }

  begins(program: string): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    this.#worker.postMessage(program)
  }

  close(): Promise<number> {
    return this.#worker.terminate()
  }
}

const watch = `
const { parentPort, workerData } = require('node:worker_threads')
const { writeSync } = require('node:fs')
let timer
parentPort.on('message', (program) => {
  clearTimeout(timer)
  timer = setTimeout(() => {
    writeSync(2, 'F20: this does not end: ' + program + '\\n')
    process.kill(workerData.pid, 'SIGKILL')
  }, workerData.limitMs)
})
`
