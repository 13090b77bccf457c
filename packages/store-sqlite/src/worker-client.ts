import { Worker } from 'node:worker_threads'
import { AuditError, SinkError, type AuditErrorCode } from '@audit/core/sink'
import type { PlainError, WorkerAnswer, WorkerOptions } from './database-worker.ts'

interface Waiting {
  resolve(value: unknown): void
  reject(error: unknown): void
}

/** A worker thread with a connection. It is started by the first call, and keeps the process alive only while a call runs. */
export class WorkerClient {
  readonly #options: WorkerOptions
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | undefined
  #lastId = 0

  constructor(options: WorkerOptions) {
    this.#options = options
  }

  /** Resolves with what the method of the worker returns. Calls run in their order. */
  call<Result>(method: string, ...args: readonly unknown[]): Promise<Result> {
    const worker = (this.#worker ??= this.#start())
    const id = ++this.#lastId
    return new Promise<Result>((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as Waiting['resolve'], reject })
      worker.ref()
      try {
        worker.postMessage({ id, method, args }, [])
      } catch (error) {
        this.#settle(id)
        reject(error)
      }
    })
  }

  /** Resolves when the connection is closed, after the calls so far. */
  async close(): Promise<void> {
    const worker = this.#worker
    if (!worker) return
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
    await this.call('close').catch(() => undefined)
    await ended
  }

  #start(): Worker {
    // The tests run the sources; the package has the worker as one file.
    const file = import.meta.url.endsWith('.ts') ? './database-worker.ts' : './database-worker.cjs'
    const worker = new Worker(new URL(file, import.meta.url), { workerData: this.#options })
    worker.unref()
    worker.on('message', ({ id, value, error }: WorkerAnswer) => {
      const waiting = this.#settle(id)
      if (error) waiting?.reject(errorOf(error))
      else waiting?.resolve(value)
    })
    let cause: unknown
    worker.on('error', (error) => (cause = error))
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = undefined
      for (const [id, { reject }] of this.#waiting) {
        this.#waiting.delete(id)
        reject(new AuditError('AUDIT_STORE_UNAVAILABLE', `The thread of the store '${this.#options.path}' ended.`, { cause }))
      }
    })
    return worker
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (this.#waiting.size === 0) this.#worker?.unref()
    return waiting
  }
}

function errorOf({ code, message, problems, refused, retryable, parks }: PlainError): AuditError {
  if (code !== 'AUDIT_SINK_FAILED') return new AuditError(code as AuditErrorCode, message, problems && { problems })
  return new SinkError(message, {
    ...(retryable !== undefined && { retryable }),
    ...(refused && { refused }),
    ...(parks !== undefined && { parks }),
  })
}
