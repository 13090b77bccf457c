import { connect } from 'node:net'
import type { FuzzLedger } from './fuzz-ledger.ts'
import type { PlannedRequest } from './fuzz-plan.ts'

/** How long a server may leave a client without a response: much longer than it needs even on a busy machine. */
const PATIENCE_MS = 60_000

/** Sends a request byte for byte as planned. Resolves with the status that the client saw; undefined if it saw none. */
export function sendRaw(port: number, plan: PlannedRequest, ledger: FuzzLedger): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let head = ''
    const patience = setTimeout(() => {
      socket.destroy()
      const seen = head === '' ? 'no answer' : `the connection is still open, and the answer began '${head.slice(0, 32).trim()}'`
      reject(new Error(`${plan.id}: after ${PATIENCE_MS} ms ${seen}`))
    }, PATIENCE_MS)
    const leave = () => void socket.destroy()
    if (plan.client === 'leaves-in-handler') void ledger.handlerOf(plan.id).then(leave)
    socket.on('connect', () => socket.write(requestText(plan), 'latin1'))
    socket.on('data', (chunk) => {
      if (head.length < 64) head += chunk.toString('latin1', 0, 64)
      if (plan.client === 'leaves-in-answer') leave()
    })
    // A server that broke off leaves unread data.
    socket.on('error', () => undefined)
    socket.on('close', () => {
      clearTimeout(patience)
      const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(head) ?? []
      resolve(status === undefined ? undefined : Number(status))
    })
  })
}

function requestText({ id, user, method, path, headers, body }: PlannedRequest): string {
  const lines = Object.entries({
    host: '127.0.0.1',
    connection: 'close',
    'x-request-id': id,
    ...(user !== '' && { authorization: user }),
    ...(body !== '' && { 'content-length': String(Buffer.byteLength(body)) }),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}`)
  const target = Buffer.from(path, 'utf8').toString('latin1')
  return `${method} ${target} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`
}
