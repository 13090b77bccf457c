import type { Socket } from 'node:net'
import type { buildConnector } from 'undici'

/** An answer that says yes or no fits into a few of these. */
const MOST_BYTES = 1_024

/**
 * A connector whose sockets are read little by little. Undici destroys a socket whose headers are too large, but parses what it has
 * read of it to the end, with an error for each header: of 64 KiB some 20,000, a fifth of a second in which the process does nothing
 * else. A receiver must not have that power.
 */
export function inSmallReads(connect: buildConnector.connector): buildConnector.connector {
  return (options, callback) =>
    connect(options, (...result) => {
      const [, socket] = result
      if (socket) readLittle(socket)
      callback(...result)
    })
}

function readLittle(socket: Socket): void {
  const read = socket.read.bind(socket)
  socket.read = (size) => {
    if (socket.destroyed) return null
    return read(Math.min(size ?? Infinity, socket.readableLength, MOST_BYTES) || undefined) as unknown
  }
}
