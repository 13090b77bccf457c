import type { Socket } from 'node:net'
import type { buildConnector } from 'undici'

/** A usual answer fits into a few of these. */
const MOST_BYTES = 1_024

/**
 * A connector whose sockets are read in small pieces. Undici destroys a socket whose headers are too large, but still parses all it
 * has read, with an error for each header: for 64 KiB some 20,000, which block the process for a fifth of a second. A receiver must
 * not be able to do that.
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
