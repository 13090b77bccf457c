import { once } from 'node:events'
import { createServer, type AddressInfo, type ListenOptions, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

export interface CountingListener {
  readonly port: number
  /** Accepted connections, and the bytes they received. */
  readonly connections: number
  readonly bytes: number
  close(): Promise<void>
}

/** A private listener that must not be reached. It counts connections and hangs up. By default at every address of this machine. */
export async function startCountingListener(options: ListenOptions = { host: '::', port: 0 }): Promise<CountingListener> {
  let connections = 0
  let bytes = 0
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    connections++
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      bytes += chunk.length
      socket.destroy()
    })
  })
  server.listen(options)
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections
    },
    get bytes() {
      return bytes
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

/** A listener for the running test. */
export async function testListener(options?: ListenOptions): Promise<CountingListener> {
  const listener = await startCountingListener(options)
  onTestFinished(() => listener.close())
  return listener
}
