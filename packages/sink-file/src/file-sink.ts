import { AuditError, streamWriter, type Sink } from '@audit/core/sink'
import { AppendFile } from './append-file.ts'
import { classifyError } from './classify-error.ts'
import { encodeBatch } from './encode.ts'
import { resolveFileSinkOptions, type FileSinkOptions } from './file-sink-options.ts'

/**
 * Appends events to a file, one JSON line each, or writes them to stdout. A batch is stored when the system has all of its bytes;
 * it is not synced to the disk. A batch that fails leaves no half line. A file that was deleted or replaced is made anew.
 */
export function fileSink(given: FileSinkOptions): Sink {
  const options = resolveFileSinkOptions(given)
  const target = options.path ?? 'stdout'
  const destination = options.path === undefined ? stdout() : new AppendFile(options.path, options.mode)
  let isClosed = false
  let last: Promise<unknown> = Promise.resolve()

  /** One batch at a time, also if somebody asks for two: an append that fails is taken back, and must not take back another's. */
  function oneByOne<T>(call: () => Promise<T>): Promise<T> {
    const result = last.then(call)
    last = result.catch(() => undefined)
    return result
  }

  return {
    name: options.name ?? `file:${target}`,
    // Flipt knows no attempts and no failures.
    ...(options.format === 'flipt' && { statuses: ['success', 'denied'] as const }),
    write: (batch, { signal }) =>
      oneByOne(async () => {
        signal.throwIfAborted()
        if (isClosed) throw new AuditError('AUDIT_CLOSED', `The sink for ${target} is closed.`)
        const text = encodeBatch(batch, options.format)
        try {
          await destination.append(text, signal)
        } catch (error) {
          signal.throwIfAborted()
          throw classifyError(error, target)
        }
      }),
    close: () =>
      oneByOne(async () => {
        isClosed = true
        await destination.close()
      }),
  }
}

function stdout(): Pick<AppendFile, 'append' | 'close'> {
  const writer = streamWriter(process.stdout)
  return { append: (text, signal) => writer.write(text, signal), close: async () => writer.release() }
}
