import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { buildConnector } from 'undici'
import { expect, onTestFinished, test } from 'vitest'
import { inSmallReads } from './small-reads.ts'

async function connected(text: string): Promise<Socket> {
  const server = createServer((socket) => socket.on('error', () => undefined).end(text))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const target = { hostname: '127.0.0.1', protocol: 'http:', port: String(port) }
  const socket = await new Promise<Socket>((resolve, reject) => {
    inSmallReads(buildConnector({}))(target, (error, opened) => (opened ? resolve(opened) : reject(error)))
  })
  onTestFinished(() => void socket.destroy())
  return socket
}

test('everything is read, at most 1 KiB at a time', async () => {
  const text = 'x'.repeat(100_000)
  const socket = await connected(text)
  const sizes: number[] = []
  let all = ''
  socket.on('readable', () => {
    for (let chunk = socket.read() as Buffer | null; chunk; chunk = socket.read() as Buffer | null) {
      sizes.push(chunk.length)
      all += chunk.toString()
    }
  })
  await once(socket, 'end')
  expect(all).toBe(text)
  expect(Math.max(...sizes)).toBe(1_024)
})

test('nothing more is read from a destroyed socket', async () => {
  const socket = await connected('x'.repeat(10_000))
  const read = await new Promise<unknown[]>((resolve) => {
    socket.on('readable', () => {
      const first = socket.read() as Buffer | null
      if (!first) return
      const waiting = socket.readableLength
      socket.destroy()
      resolve([first.length, waiting > 0, socket.read()])
    })
  })
  expect(read).toEqual([1_024, true, null])
})

test('a connection error is passed on unchanged', async () => {
  const target = { hostname: '127.0.0.1', protocol: 'http:', port: '1' }
  const error = await new Promise((resolve) => inSmallReads(buildConnector({}))(target, (...[failure]) => resolve(failure)))
  expect(error).toMatchObject({ code: 'ECONNREFUSED' })
})
