import type { Writable } from 'node:stream'

/** Writes to a stream that others may write to as well, and that outlives us. */
export interface StreamWriter {
  /** Resolves when the stream took the text; rejects when it fails, is closed, or the signal aborts. */
  write(text: string, signal: AbortSignal): Promise<void>
  /** Lets go of the stream, which stays open. */
  release(): void
}

export function streamWriter(stream: Writable): StreamWriter {
  // A failed write also emits 'error', after its callback; without a listener an EPIPE would end the process.
  const ignore = () => undefined
  stream.on('error', ignore)
  return {
    write: (text, signal) =>
      new Promise((resolve, reject) => {
        // A stream that has failed or ended takes text without ever calling back.
        if (!stream.writable) return reject(new Error('The stream is closed or has failed.'))
        const abort = () => settle(signal.reason as Error)
        const settle = (error?: Error | null) => {
          signal.removeEventListener('abort', abort)
          if (error) reject(error)
          else resolve()
        }
        signal.addEventListener('abort', abort)
        stream.write(text, settle)
      }),
    release: () => void stream.off('error', ignore),
  }
}
