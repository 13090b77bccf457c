/** The members of a writable stream that are used here. Named without Node's types, which a program may have left out. */
export interface OutputStream {
  readonly writable: boolean
  readonly errored: Error | null
  write(text: string, done: (error?: Error | null) => void): unknown
  on(event: 'error', listener: () => void): unknown
  off(event: 'error', listener: () => void): unknown
}

/** Writes to a stream that others may write to as well, and that outlives us. */
export interface StreamWriter {
  /** Resolves when the stream has accepted the text; rejects when it fails, is closed, or the signal aborts. */
  write(text: string, signal: AbortSignal): Promise<void>
  /** Releases the stream, which stays open. Text that it still holds may fail later; that does not end the process either. */
  release(): void
}

export function streamWriter(stream: OutputStream): StreamWriter {
  // A failed write also emits 'error', after its callback; without a listener an EPIPE would end the process.
  const ignore = () => undefined
  stream.on('error', ignore)
  let underWay = 0
  let isReleased = false

  function letGo(): void {
    // The error of a stream that has failed may still be on its way, so there the listener stays.
    if (isReleased && underWay === 0 && !stream.errored) stream.off('error', ignore)
  }

  return {
    write: (text, signal) =>
      new Promise((resolve, reject) => {
        // A stream that has failed or ended accepts text without ever calling back.
        if (!stream.writable) return reject(stream.errored ?? closed())
        const abort = () => reject(signal.reason as Error)
        signal.addEventListener('abort', abort)
        underWay++
        stream.write(text, (error) => {
          underWay--
          signal.removeEventListener('abort', abort)
          letGo()
          if (error) reject(error)
          else resolve()
        })
      }),
    release() {
      isReleased = true
      letGo()
    },
  }
}

function closed(): Error {
  return Object.assign(new Error('The stream is closed.'), { code: 'ERR_STREAM_DESTROYED' })
}
