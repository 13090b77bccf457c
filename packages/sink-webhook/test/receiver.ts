import { createServer, type IncomingHttpHeaders, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

export interface Delivery {
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Answers a request that was read whole. */
export type Reaction = (response: ServerResponse, delivery: Delivery) => void

export interface Receiver {
  readonly url: string
  readonly port: number
  readonly server: Server
  /** Every request that was read whole, oldest first. */
  readonly deliveries: readonly Delivery[]
  readonly connections: number
  /** Replaces the reaction to requests; the first one answers 204. */
  react(reaction: Reaction): void
  close(): Promise<void>
}

/** Answers with that status and an empty body. */
export function status(code: number, headers: Record<string, string> = {}): Reaction {
  return (response) => void response.writeHead(code, headers).end()
}

/** A real HTTP server that keeps its requests; with `tls`, an HTTPS server. */
export async function startReceiver(tls?: ServerOptions, wantedPort = 0): Promise<Receiver> {
  const deliveries: Delivery[] = []
  let connections = 0
  let reaction = status(204)
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const delivery = { url: request.url!, headers: request.headers, body: Buffer.concat(chunks).toString() }
      deliveries.push(delivery)
      reaction(response, delivery)
    })
  }
  const server = tls ? createTlsServer(tls, listener) : createServer(listener)
  server.on(tls ? 'secureConnection' : 'connection', () => connections++)
  await new Promise<void>((resolve) => server.listen(wantedPort, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    server,
    deliveries,
    url: `http${tls ? 's' : ''}://127.0.0.1:${port}/hook`,
    get connections() {
      return connections
    },
    react: (next) => void (reaction = next),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Starts a receiver for the running test, and stops it afterwards. */
export async function testReceiver(tls?: ServerOptions, wantedPort?: number): Promise<Receiver> {
  const receiver = await startReceiver(tls, wantedPort)
  onTestFinished(() => receiver.close())
  return receiver
}
