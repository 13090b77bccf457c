import { SerialQueue, streamWriter } from '@audit/core/internal'
import { AuditError, SinkError, type Batch, type Sink, type WriteOptions } from '@audit/core/sink'
import { AppendFile } from './append-file.ts'
import { classifyError } from './classify-error.ts'
import { encodeBatch } from './encode.ts'
import { openFolder } from './open-file.ts'
import { resolveFileSinkOptions, type FileSinkOptions, type ResolvedFileSinkOptions } from './file-sink-options.ts'
import { SourceFiles } from './source-files.ts'
import { folderOf, SOURCE, sharesOf } from './source-path.ts'
import { Upkeep } from './upkeep.ts'

export interface FileSink extends Sink {
  /**
   * Resolves when the file is open; creates it if it was missing. Rejects with a `SinkError` if it cannot be written.
   */
  open(options: WriteOptions): Promise<void>
  /** Closes the open files; the next batch opens those that are at their paths then. Resolves when they are closed. */
  reopen(): Promise<void>
  close(): Promise<void>
}

/** A file, one file per source, or stdout. */
interface Destination {
  open(signal: AbortSignal): Promise<void>
  write(batch: Batch, signal: AbortSignal): Promise<void>
  reopen(): Promise<void>
  close(): Promise<void>
}

/**
 * Appends events to a file, one JSON line each, or writes them to stdout. A batch is stored when the operating system has all of
 * its bytes, or the disk with `fsync: 'batch'`. A failed batch leaves no partial line. A file that was deleted or replaced is
 * created again. Several processes may write to one path.
 */
export function fileSink(given: FileSinkOptions): FileSink {
  const options = resolveFileSinkOptions(given)
  const target = options.path ?? 'stdout'
  const { statuses, systemEvents } = options.format ?? {}
  const destination = options.path === undefined ? toStdout(options) : toFiles(options.path, options)
  let isClosed = false
  /** Runs one call at a time: a failed append is removed again, and must not remove the bytes of another. */
  const calls = new SerialQueue()

  function whileOpen(signal: AbortSignal, call: () => Promise<void>): Promise<void> {
    return calls.run(async () => {
      signal.throwIfAborted()
      if (isClosed) throw new AuditError('AUDIT_CLOSED', `The sink for ${target} is closed.`)
      try {
        await call()
      } catch (error) {
        signal.throwIfAborted()
        throw classifyError(error, target)
      }
    })
  }

  const reopen = () => calls.run(() => destination.reopen())
  const onSignal = () => void reopen().catch(() => undefined)
  if (options.reopenOn) process.on(options.reopenOn, onSignal)

  return {
    name: options.name ?? `file:${target}`,
    // The cost of an append, apart from its bytes, is the same for ten events and for a thousand.
    batch: { maxEvents: 1_000 },
    ...(statuses && { statuses }),
    ...(systemEvents !== undefined && { systemEvents }),
    open: ({ signal }) => whileOpen(signal, () => destination.open(signal)),
    write: (batch, { signal }) => whileOpen(signal, () => destination.write(batch, signal)),
    reopen,
    close: () =>
      calls.run(async () => {
        isClosed = true
        if (options.reopenOn) process.off(options.reopenOn, onSignal)
        await destination.close()
      }),
  }
}

function toStdout({ format }: ResolvedFileSinkOptions): Destination {
  const writer = streamWriter(process.stdout)
  return {
    open: async () => undefined,
    write: (batch, signal) => writer.write(encodeBatch(batch, format), signal),
    reopen: async () => undefined,
    close: async () => writer.release(),
  }
}

function toFiles(path: string, options: ResolvedFileSinkOptions): Destination {
  const { rotation, upkeep } = options
  const keeper = upkeep && new Upkeep({ ...upkeep, lock: options.lock, mode: options.mode })
  const files = new SourceFiles(
    (each) => new AppendFile(each, { ...options, rotation, onOpened: (opened) => keeper?.ask(opened) }),
  )
  return {
    // Each source has its own file, and the sources are known only from their events.
    open: (signal) => (path.includes(SOURCE) ? openFolder(folderOf(path)) : files.open(path, signal)),
    async write(batch, signal) {
      if (!path.includes(SOURCE)) return files.append(path, encodeBatch(batch, options.format), signal)
      const stored = new Set<number>()
      try {
        for (const share of sharesOf(path, batch.events)) {
          const lines = share.indexes.map((index) => batch.lines[index]!)
          const events = share.indexes.map((index) => batch.events[index]!)
          await files.append(share.path, encodeBatch({ lines, events }, options.format), signal)
          share.indexes.forEach((index) => stored.add(index))
        }
      } catch (error) {
        const first = batch.lines.findIndex((_, index) => !stored.has(index))
        const { message, cause } = classifyError(error, path)
        throw new SinkError(message, { stored: first, cause })
      }
    },
    reopen: () => files.reopen(),
    async close() {
      await files.close()
      await keeper?.close()
    },
  }
}
