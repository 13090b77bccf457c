import type { Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { between, oneOf, type Random } from '../../packages/core/src/testing/adapter/seeded-random.ts'

/** A request that was read, and the possible reactions. */
export interface Exchange {
  readonly socket: Socket
  readonly random: Random
  isGenuine(): boolean
  /** Stores the request. */
  store(): void
  /** Writes a complete, correct answer. */
  answer(status: number, headers?: Readonly<Record<string, string>>, body?: string): void
}

export type Reaction = (exchange: Exchange) => void

export interface Behaviour {
  /** `unread`: accepts connections and reads nothing. `plain`, `old-tls`: its protocol instead of a current TLS. */
  readonly transport?: 'unread' | 'plain' | 'old-tls'
  readonly react: Reaction
}

export type BehaviourName =
  | 'well'
  | 'careful'
  | 'silent'
  | 'unread'
  | 'drip'
  | 'endless-headers'
  | 'one-header'
  | 'endless-interim'
  | 'slow-interim'
  | 'endless-body'
  | 'dripping-body'
  | 'gzip-bomb'
  | 'store-and-reset'
  | 'store-and-half'
  | 'twice'
  | 'flaky'
  | 'hurried'
  | 'redirect'
  | 'plaintext'
  | 'old-tls'
  | 'closing'
  | 'long-body'
  | 'short-body'

/** Length of the endless answer, if a client reads it all. */
const ENDLESS_BYTES = 10e9
const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'
/** Absurd values of Retry-After. */
export const absurdWaits: readonly string[] = [
  '1000000000',
  '-5',
  'soon',
  'Thu, 01 Jan 1970 00:00:00 GMT',
  'Fri, 31 Dec 9999 23:59:59 GMT',
  '',
  '1e3',
  '120',
]
/** The values that do not let a sink wait for a day. */
const shortWaits = ['-5', 'soon', 'Thu, 01 Jan 1970 00:00:00 GMT', '', '1e3']
const failures = [500, 502, 503, 504, 408, 425]

const well: Reaction = ({ store, answer }) => (store(), answer(204))
const nothing: Reaction = () => undefined

export const behaviours: Readonly<Record<BehaviourName, Behaviour>> = {
  /** Stores the request and answers 204. */
  well: { react: well },
  /** Stores requests signed with its secret, and answers 401 to all others. */
  careful: { react: (exchange) => (exchange.isGenuine() ? well(exchange) : exchange.answer(401)) },
  silent: { react: nothing },
  unread: { transport: 'unread', react: nothing },
  drip: { react: ({ socket }) => drip(socket, 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n', 1_000) },
  'endless-headers': {
    react: ({ socket }) => void pour(socket, 'HTTP/1.1 200 OK\r\n', Buffer.from('x-more: and more\r\n'.repeat(1_000))),
  },
  'one-header': { react: ({ socket }) => void pour(socket, 'HTTP/1.1 200 OK\r\nx: ', Buffer.alloc(16_384, 'x')) },
  'endless-interim': {
    react: ({ socket }) => void pour(socket, '', Buffer.from('HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(100))),
  },
  'slow-interim': { react: ({ socket }) => drip(socket, 'HTTP/1.1 102 Processing\r\n\r\n', 900, 27) },
  'endless-body': {
    react: ({ socket, store }) => {
      store()
      void pour(socket, `HTTP/1.1 200 OK\r\ncontent-length: ${ENDLESS_BYTES}\r\n\r\n`, Buffer.alloc(65_536, 'x'))
    },
  },
  'dripping-body': {
    react: ({ socket, store }) => {
      store()
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n')
      drip(socket, 'x', 1_000)
    },
  },
  'gzip-bomb': {
    react: ({ socket, store }) => {
      store()
      const bomb = gzipBomb()
      socket.write(`HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`)
      socket.write(bomb)
    },
  },
  /** Stores the request, and closes the connection before it answers. */
  'store-and-reset': { react: ({ socket, store }) => (store(), socket.resetAndDestroy()) },
  'store-and-half': { react: ({ socket, store }) => (store(), socket.end('HTTP/1.1 200 O')) },
  twice: { react: ({ socket, store }) => (store(), socket.write(OK + OK)) },
  flaky: {
    react: (exchange) => (exchange.random() < 0.5 ? well(exchange) : exchange.answer(oneOf(exchange.random, failures))),
  },
  hurried: { react: ({ answer, random }) => answer(429, { 'retry-after': oneOf(random, shortWaits) }) },
  redirect: { react: ({ answer }) => answer(307, { location: 'http://127.0.0.1:9/elsewhere' }) },
  plaintext: { transport: 'plain', react: nothing },
  'old-tls': { transport: 'old-tls', react: well },
  /** Ends kept-alive connections at random times. */
  closing: {
    react: (exchange) => {
      if (exchange.random() < 0.2) return exchange.socket.destroy()
      well(exchange)
      if (exchange.random() < 0.5) setTimeout(() => exchange.socket.destroy(), between(exchange.random, 0, 5))
    },
  },
  /** Sends more than it announced. */
  'long-body': {
    react: ({ socket, store }) => (store(), socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nmore than two')),
  },
  /** Sends less than it announced. */
  'short-body': { react: ({ socket, store }) => (store(), socket.end('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nless')) },
}

/** Writes the text repeatedly until the other side closes. */
async function pour(socket: Socket, head: string, text: Buffer): Promise<void> {
  socket.write(head)
  while (!socket.destroyed && socket.bytesWritten < ENDLESS_BYTES) {
    const hasRoom = socket.write(text)
    await new Promise((resolve) => {
      if (hasRoom) return setImmediate(resolve)
      const done = () => {
        socket.off('drain', done).off('close', done)
        resolve(undefined)
      }
      socket.once('drain', done).once('close', done)
    })
  }
}

/** Writes the text repeatedly, in pieces of this length. */
function drip(socket: Socket, text: string, everyMs: number, characters = 1): void {
  let written = 0
  const timer = setInterval(() => {
    socket.write(text.slice(written, written + characters))
    written = (written + characters) % text.length
  }, everyMs)
  socket.on('close', () => clearInterval(timer))
}

let bomb: Buffer | undefined

/** Ten megabytes that decompress to ten gigabytes. */
function gzipBomb(): Buffer {
  const member = bomb ? undefined : gzipSync(Buffer.alloc(ENDLESS_BYTES / 100))
  bomb ??= Buffer.concat(Array.from({ length: 100 }, () => member!))
  return bomb
}
