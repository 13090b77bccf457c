import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { createSecureContext, TLSSocket } from 'node:tls'
import type { Certificate } from '../../packages/sink-webhook/test/certificates.ts'
import type { Random } from '../../packages/core/src/testing/adapter/seeded-random.ts'
import { behaviours, type BehaviourName, type Reaction } from './behaviours.ts'
import { ReceiverLedger, type ReceivedRequest, type ReceiverReport } from './receiver-ledger.ts'

export interface HostileReceiverOptions {
  /** Secret that requests must be signed with. */
  readonly secret: string
  readonly behaviour?: BehaviourName
  readonly random?: Random
  /** True if it expects TLS. */
  readonly tls?: Certificate | undefined
}

/** Counters of its sockets. */
export interface SocketReport {
  readonly connections: number
  /** At one time. */
  readonly mostOpen: number
  /** Bytes of an answer that the other side, or buffers in between, accepted. */
  readonly mostTaken: number
}

/** A server below HTTP, which stores requests as a correct receiver does, and answers by its behaviour. */
export class HostileReceiver {
  behaviour: BehaviourName
  /** Replaces the reaction of the behaviour. */
  reaction: Reaction | undefined
  readonly ledger: ReceiverLedger
  readonly #options: HostileReceiverOptions
  readonly #sockets = new Set<Socket>()
  #server: Server | undefined
  #port = 0
  #connections = 0
  #mostOpen = 0
  #mostTaken = 0

  constructor(options: HostileReceiverOptions) {
    this.#options = options
    this.behaviour = options.behaviour ?? 'well'
    this.ledger = new ReceiverLedger(options.secret)
  }

  get url(): string {
    return `http${this.#options.tls ? 's' : ''}://127.0.0.1:${this.#port}/hook`
  }

  /** Listens, on its earlier port if it had one. */
  async start(): Promise<void> {
    const server = createServer((socket) => this.#accept(socket))
    this.#server = server
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(this.#port, '127.0.0.1', resolve)
    })
    this.#port = (server.address() as AddressInfo).port
  }

  /** Stops listening and cuts off every connection. */
  async stop(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    this.disconnect()
    await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()))
  }

  /** Closes every connection. */
  disconnect(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  report(): ReceiverReport & SocketReport {
    return {
      ...this.ledger.report(),
      connections: this.#connections,
      mostOpen: this.#mostOpen,
      mostTaken: this.#mostTaken,
    }
  }

  #accept(socket: Socket): void {
    this.#connections++
    this.#sockets.add(socket)
    this.#mostOpen = Math.max(this.#mostOpen, this.#sockets.size)
    socket.on('close', () => {
      this.#sockets.delete(socket)
      this.#mostTaken = Math.max(this.#mostTaken, socket.bytesWritten)
    })
    // Resets are expected here.
    socket.on('error', () => undefined)
    const { transport } = behaviours[this.behaviour]
    if (transport === 'unread') return void socket.pause()
    if (transport === 'plain')
      return void socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\nPlain text, please.'))
    const { tls } = this.#options
    if (!tls) return this.#read(socket)
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
    const secureContext = createSecureContext({ ...tls, ...(transport === 'old-tls' && old) })
    const secured = new TLSSocket(socket, { isServer: true, secureContext })
    secured.on('error', () => socket.destroy())
    this.#read(secured)
  }

  #read(socket: Socket): void {
    const random = this.#options.random ?? Math.random
    readRequests(socket, (request) => {
      this.ledger.note(request)
      const react = this.reaction ?? behaviours[this.behaviour].react
      react({
        socket,
        random,
        isGenuine: () => this.ledger.isGenuine(request),
        store: () => this.ledger.store(request),
        answer: (status, headers = {}, body = '') => void socket.write(answerText(status, headers, body)),
      })
    })
  }
}

/** The answer of a correct receiver. */
function answerText(status: number, headers: Readonly<Record<string, string>>, body: string): string {
  const all = { 'content-length': String(Buffer.byteLength(body)), ...headers }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} So it is\r\n${lines.join('')}\r\n${body}`
}

/** Requests with a `content-length`, one after the other. */
function readRequests(socket: Socket, take: (request: ReceivedRequest) => void): void {
  let data: Buffer = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    data = data.length === 0 ? chunk : Buffer.concat([data, chunk])
    for (;;) {
      const head = data.indexOf('\r\n\r\n')
      if (head < 0) return
      const headers = headersOf(data.toString('latin1', 0, head))
      const end = head + 4 + Number(headers['content-length'] ?? 0)
      if (data.length < end) return
      const body = data.subarray(head + 4, end)
      data = data.subarray(end)
      take({ headers, body })
    }
  })
}

function headersOf(head: string): Record<string, string> {
  const lines = head.split('\r\n').slice(1)
  return Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
    }),
  )
}
