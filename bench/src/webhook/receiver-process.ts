// A receiver in a separate process: reads every request to its end and answers 204. A GET returns the totals so far.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Received } from './receiver.ts'

const received = { requests: 0, bytes: 0 } satisfies Received

const server = createServer((request, response) => {
  if (request.method === 'GET') return void response.end(JSON.stringify(received))
  request.on('data', (chunk: Buffer) => (received.bytes += chunk.length))
  request.on('end', () => {
    received.requests++
    response.writeHead(204).end()
  })
})

// The process that started this has ended.
process.once('disconnect', () => process.exit())
server.listen(0, '127.0.0.1', () => process.send!((server.address() as AddressInfo).port))
