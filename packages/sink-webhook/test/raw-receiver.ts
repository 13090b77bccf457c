import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

export interface RawReceiver {
  readonly url: string
  readonly port: number
  readonly server: Server
  /** The bytes of each connection, oldest first. */
  readonly received: readonly string[]
  /** Connections that are open now. */
  readonly open: number
}

/** A TCP server for behaviour that no proper receiver shows. `react` is called at each request, with its number in the connection. */
export async function rawReceiver(react: (socket: Socket, request: number, connection: number) => void): Promise<RawReceiver> {
  const received: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    const connection = received.push('') - 1
    let requests = 0
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    // Resets are part of these tests.
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      received[connection] += chunk.toString()
      // The last line of each body, which is sent whole with its headers, is the array of events.
      const whole = received[connection]!.split('POST ').length - 1
      if (received[connection]!.endsWith(']') && whole > requests) react(socket, requests++, connection)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  const { port } = server.address() as AddressInfo
  return {
    port,
    server,
    received,
    url: `http://127.0.0.1:${port}/hook`,
    get open() {
      return sockets.size
    },
  }
}

/** Writes the text again and again until the other side stops reading; resolves with the number of accepted bytes. */
export async function pour(socket: Socket, text: string, maxBytes: number): Promise<number> {
  while (!socket.destroyed && socket.bytesWritten < maxBytes) {
    const hasRoom = socket.write(text)
    await new Promise((resolve) => (hasRoom ? setImmediate(resolve) : socket.once('drain', resolve).once('close', resolve)))
  }
  return socket.bytesWritten
}

/** Writes one character of the text after the other. */
export function drip(socket: Socket, text: string, everyMs: number): void {
  let written = 0
  const timer = setInterval(() => void socket.write(text[written++ % text.length]!), everyMs)
  socket.on('close', () => clearInterval(timer))
}
