import { AuditError, SinkError, type Batch, type WriteOptions } from '@audit/core/sink'
import type { Scope, Store, StoreReader } from '@audit/store'
import { tenantsOf } from '@audit/store/internal'
import { resolveSqliteStoreOptions, type ResolvedSqliteStoreOptions, type SqliteStoreOptions } from './sqlite-store-options.ts'
import { SqliteReader, type OpenStore } from './sqlite-reader.ts'
import { WorkerClient } from './worker-client.ts'

/**
 * Stores events in an SQLite file. A batch is one transaction, and is on the disk when `write` resolves. Several processes may write
 * to one file and read it. All work is done in worker threads.
 */
export function sqliteStore(given: SqliteStoreOptions): Store {
  return new SqliteStore(resolveSqliteStoreOptions(given))
}

class SqliteStore implements Store, OpenStore {
  readonly name: string
  readonly batch = { maxEvents: 1_000 }
  readonly from = 'oldest'
  readonly #options: ResolvedSqliteStoreOptions
  readonly #writer: WorkerClient
  readonly #reader: WorkerClient
  readonly #wakers = new Set<() => void>()
  #before: Promise<unknown> = Promise.resolve()
  #closing: Promise<void> | undefined

  constructor(options: ResolvedSqliteStoreOptions) {
    this.name = options.name
    this.#options = options
    this.#writer = new WorkerClient({ ...options, role: 'write' })
    this.#reader = new WorkerClient({ ...options, role: 'read' })
  }

  get isClosed(): boolean {
    return this.#closing !== undefined
  }

  open({ signal }: WriteOptions): Promise<void> {
    return this.#write('open', [], signal)
  }

  async write(batch: Batch, { signal }: WriteOptions): Promise<void> {
    signal.throwIfAborted()
    await this.#before
    await this.#write('write', [batch.lines], signal)
    this.#wake()
  }

  reader(scope: Scope): StoreReader {
    return new SqliteReader(this, tenantsOf(scope), this.#options.path)
  }

  async read<Result>(method: string, ...args: readonly unknown[]): Promise<Result> {
    this.#throwIfClosed()
    return this.#reader.call<Result>(method, ...args)
  }

  beforeWrites(promise: Promise<unknown>): void {
    this.#before = Promise.allSettled([this.#before, promise])
  }

  change(timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer)
        this.#wakers.delete(wake)
        signal?.removeEventListener('abort', wake)
        resolve()
      }
      const timer = setTimeout(wake, timeoutMs)
      this.#wakers.add(wake)
      signal?.addEventListener('abort', wake)
      if (signal?.aborted || this.isClosed) wake()
    })
  }

  close(): Promise<void> {
    this.#closing ??= Promise.all([this.#writer.close(), this.#reader.close()]).then(() => undefined)
    this.#wake()
    return this.#closing
  }

  /** If the signal aborts, the batch may still be stored; it comes again, and is stored once. */
  async #write(method: string, args: readonly unknown[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    this.#throwIfClosed()
    if (this.#options.readOnly) throw new SinkError(`The store '${this.#options.path}' is read-only.`, { parks: true })
    let abort: (() => void) | undefined
    const aborted = new Promise<never>((_, reject) => {
      abort = () => reject(signal.reason as Error)
      signal.addEventListener('abort', abort)
    })
    try {
      await Promise.race([this.#writer.call<void>(method, ...args), aborted])
    } finally {
      signal.removeEventListener('abort', abort!)
    }
  }

  #throwIfClosed(): void {
    if (this.isClosed) throw new AuditError('AUDIT_CLOSED', `The store '${this.#options.path}' is closed.`)
  }

  #wake(): void {
    for (const wake of this.#wakers) wake()
  }
}
