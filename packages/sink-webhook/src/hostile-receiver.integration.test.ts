import { gzipSync } from 'node:zlib'
import { SinkError, type Batch, type Sink } from '@audit/core/sink'
import { sampleBatch } from '@audit/core/testing'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { drip, pour, rawReceiver, type RawReceiver } from '../test/raw-receiver.ts'
import { status, testReceiver } from '../test/receiver.ts'
import { webhookSink } from './webhook-sink.ts'
import type { WebhookSinkOptions } from './webhook-sink-options.ts'

const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'
const deadlines = { connectTimeoutMs: 300, headersTimeoutMs: 300, timeoutMs: 600 }
/** Far longer than the longest deadline, and far shorter than the minutes of Undici's own. */
const inTime = 60_000

function sinkFor(receiver: Pick<RawReceiver, 'url'>, options: Partial<WebhookSinkOptions> = {}): Sink {
  const sink = webhookSink({ url: receiver.url, ...deadlines, ...options })
  onTestFinished(() => sink.close!())
  return sink
}

async function write(sink: Sink, batch: Batch = sampleBatch(2), signal = new AbortController().signal) {
  const start = performance.now()
  const error = await sink.write(batch, { signal }).then(
    () => undefined,
    (reason: SinkError) => reason,
  )
  return { error, ms: performance.now() - start }
}

async function allClosed(receiver: RawReceiver): Promise<void> {
  await expect.poll(() => receiver.open).toBe(0)
}

describe('a try ends, retryable, and its connection with it, with a receiver that', () => {
  test.each<[string, Parameters<typeof rawReceiver>[0], RegExp]>([
    ['never answers', () => undefined, /no answer came within 300 ms/],
    ['drips its headers', (socket) => drip(socket, 'HTTP/1.1 200 OK\r\n'.padEnd(4_000, 'x: y\r\n'), 20), /within 300 ms/],
    [
      'has endless headers',
      (socket) => (socket.write('HTTP/1.1 200 OK\r\n'), void pour(socket, 'x: y\r\n'.repeat(999), 1e8)),
      /OVERFLOW|within 300 ms/,
    ],
    [
      'has one endless header',
      (socket) => (socket.write('HTTP/1.1 200 OK\r\nx: '), void pour(socket, 'x'.repeat(999), 1e8)),
      /OVERFLOW|within 300 ms/,
    ],
    [
      'sends interim answers for ever',
      (socket) => void pour(socket, 'HTTP/1.1 103 Early Hints\r\n\r\n', 1e8),
      /: it sent interim answers too often\./,
    ],
    ['drips interim answers for ever', (socket) => drip(socket, 'HTTP/1.1 102 Processing\r\n\r\n', 2), /300 ms|too often/],
    ['sends an unrequested 100 Continue', (socket) => void socket.write(`HTTP/1.1 100 Continue\r\n\r\n${ok}`), /UND_ERR_SOCKET/],
    [
      'changes the protocol',
      (socket) => void socket.write('HTTP/1.1 101 S\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n'),
      /SOCKET/,
    ],
    ['closes without an answer', (socket) => void socket.end(), /UND_ERR_SOCKET/],
    ['resets instead of an answer', (socket) => void socket.resetAndDestroy(), /ECONNRESET/],
    ['answers half and closes', (socket) => void socket.end('HTTP/1.1 200 OK\r\ncontent-le'), /UND_ERR_SOCKET|not HTTP/],
    ['speaks another protocol', (socket) => void socket.end('220 smtp.example.com ESMTP\r\n'), /its answer is not HTTP/],
    ['answers with HTTP/0.9', (socket) => void socket.end('{"ok":true}'), /its answer is not HTTP/],
  ])('a try ends, retryable and with its connection, if the receiver %s', async (_what, react, message) => {
    const receiver = await rawReceiver(react)
    const { error, ms } = await write(sinkFor(receiver))
    expect(error).toBeInstanceOf(SinkError)
    expect(error).toMatchObject({ retryable: true, message: expect.stringMatching(message) })
    expect(ms).toBeLessThan(inTime)
    expect(receiver.received).toHaveLength(1)
    await allClosed(receiver)
  })

  test('a try ends, retryable and with its connection, if the receiver never completes TLS', async () => {
    const receiver = await rawReceiver(() => undefined)
    const { error, ms } = await write(sinkFor({ url: receiver.url.replace('http:', 'https:') }))
    expect(error).toMatchObject({ retryable: true, message: expect.stringContaining('no connection was made within 300 ms') })
    expect(ms).toBeLessThan(inTime)
    await allClosed(receiver)
  })

  test('a try ends within timeoutMs if each step of the receiver is just in time', async () => {
    const receiver = await rawReceiver((socket) => {
      const timer = setInterval(() => void socket.write('HTTP/1.1 102 Processing\r\n\r\n'), 50)
      socket.on('close', () => clearInterval(timer))
    })
    const { error, ms } = await write(sinkFor(receiver, { headersTimeoutMs: 10_000 }))
    expect(error?.message).toMatch(/the try took too long/)
    expect(ms).toBeLessThan(inTime)
  })
})

describe('an answer of 200 counts, whatever its body is: it', () => {
  const chunked = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'

  test('a 200 with an endless body counts, and only a little of it is read', async () => {
    let taken: Promise<number> | undefined
    const receiver = await rawReceiver((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10000000000\r\n\r\n')
      taken = pour(socket, 'x'.repeat(65_536), 1e10)
    })
    const { error, ms } = await write(sinkFor(receiver))
    expect(error).toBeUndefined()
    expect(ms).toBeLessThan(inTime)
    // The rest are buffers of the two sockets.
    expect(await taken).toBeLessThan(32e6)
    await allClosed(receiver)
  })

  test.each<[string, Parameters<typeof rawReceiver>[0]]>([
    ['drips', (socket) => (socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n'), drip(socket, 'x', 50))],
    ['does not come', (socket) => void socket.write(chunked)],
    ['is cut off', (socket) => void socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nxx')],
    ['is reset', (socket) => void socket.write(chunked, () => socket.resetAndDestroy())],
    ['has invalid chunks', (socket) => void socket.end(`${chunked}what?\r\n`)],
  ])('a 200 counts even if its body %s', async (_what, react) => {
    const { error, ms } = await write(sinkFor(await rawReceiver(react), { timeoutMs: 10_000 }))
    expect(error).toBeUndefined()
    expect(ms).toBeLessThan(inTime)
  })

  test('a 200 with a gzip bomb counts, and the body is not decompressed', async () => {
    const bomb = gzipSync(Buffer.alloc(50e6))
    const receiver = await testReceiver()
    receiver.react((response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb))
    const sink = sinkFor(receiver)
    const before = process.memoryUsage().rss
    for (let count = 0; count < 20; count++) expect((await write(sink)).error).toBeUndefined()
    expect(process.memoryUsage().rss - before).toBeLessThan(200e6)
    expect(receiver.deliveries[0]!.headers).not.toHaveProperty('accept-encoding')
  })

  test('a second answer to one request is not taken for the answer to the next', async () => {
    const receiver = await rawReceiver((socket, request, connection) => {
      if (connection === 0 && request === 0) return void socket.write(ok + ok)
      socket.write('HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n')
    })
    const sink = sinkFor(receiver)
    expect((await write(sink)).error).toBeUndefined()
    expect((await write(sink)).error).toMatchObject({ message: expect.stringContaining('answered 503') })
  })
})

describe('a connection that was kept', () => {
  test('a kept connection that the receiver closed while idle costs no try', async () => {
    const receiver = await rawReceiver((socket) => void socket.end(ok))
    const sink = sinkFor(receiver)
    for (let count = 0; count < 3; count++) {
      expect((await write(sink)).error).toBeUndefined()
      await allClosed(receiver)
    }
    expect(receiver.received).toHaveLength(3)
  })

  test('if the receiver closes a kept connection as the next request comes, the request is sent once more under the same id', async () => {
    const receiver = await rawReceiver((socket, request) => void (request === 0 ? socket.write(ok) : socket.destroy()))
    const sink = sinkFor(receiver)
    const batches = [sampleBatch(2), sampleBatch(2)]
    for (const batch of batches) expect((await write(sink, batch)).error).toBeUndefined()
    expect(receiver.received).toHaveLength(2)
    const ids = receiver.received.join('').match(/webhook-id: \S+/g)
    expect(ids).toHaveLength(3)
    expect(ids![1]).toBe(ids![2])
    expect(ids![0]).not.toBe(ids![1])
  })

  test('a request is not sent a third time, nor again after a part of an answer', async () => {
    const resets = await rawReceiver((socket, request, connection) => {
      void (request === 0 && connection === 0 ? socket.write(ok) : socket.destroy())
    })
    const sink = sinkFor(resets)
    expect((await write(sink)).error).toBeUndefined()
    expect((await write(sink)).error).toMatchObject({ retryable: true })
    expect(resets.received).toHaveLength(2)

    const halves = await rawReceiver((socket, request) => void (request === 0 ? socket.write(ok) : socket.end('HTTP/1.1 2')))
    const other = sinkFor(halves)
    expect((await write(other)).error).toBeUndefined()
    expect((await write(other)).error).toMatchObject({ retryable: true })
    expect(halves.received).toHaveLength(1)
  })
})

test('a stored request whose answer was lost is sent again under the same id', async () => {
  const receiver = await rawReceiver((socket, _request, connection) => {
    void (connection < 2 ? socket.resetAndDestroy() : socket.write(ok))
  })
  const sink = sinkFor(receiver)
  const batch = sampleBatch(3)
  for (let count = 0; count < 2; count++) expect((await write(sink, batch)).error).toMatchObject({ retryable: true })
  expect((await write(sink, batch)).error).toBeUndefined()
  const ids = receiver.received.join('').match(/webhook-id: \S+/g)
  expect(ids).toHaveLength(3)
  expect(new Set(ids).size).toBe(1)
})

describe('a signal that aborts', () => {
  test.each([
    ['before the connection is there', 'https:'],
    ['before the answer', 'http:'],
  ])('an abort %s ends the write at once with its reason, and nothing is sent later', async (_when, protocol) => {
    const receiver = await rawReceiver(() => undefined)
    const sink = sinkFor(
      { url: receiver.url.replace('http:', protocol) },
      { connectTimeoutMs: 60_000, headersTimeoutMs: 60_000, timeoutMs: 60_000 },
    )
    const abort = new AbortController()
    const written = write(sink, sampleBatch(1), abort.signal)
    await expect.poll(() => receiver.received.length).toBe(1)
    const reason = new SinkError('the try took too long')
    abort.abort(reason)
    expect((await written).error).toBe(reason)
    await allClosed(receiver)
    expect(receiver.received).toHaveLength(1)
  })

  test('an abort during an ignored body does not change the answer', async () => {
    const receiver = await rawReceiver((socket) => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n'))
    const abort = new AbortController()
    const written = write(sinkFor(receiver), sampleBatch(1), abort.signal)
    await expect.poll(() => receiver.received[0]).toContain(']')
    abort.abort(new SinkError('the try took too long'))
    const { error } = await written
    // Either the answer or the signal may come first.
    expect([undefined, 'the try took too long']).toContain(error?.message)
  })
})

test('close() ends a request in progress', async () => {
  const receiver = await rawReceiver(() => undefined)
  const sink = sinkFor(receiver, { headersTimeoutMs: 60_000, timeoutMs: 60_000 })
  const written = write(sink)
  await expect.poll(() => receiver.received.length).toBe(1)
  await sink.close!()
  expect((await written).error).toBeInstanceOf(Error)
  await allClosed(receiver)
})

test('a redirection is not followed', async () => {
  const [receiver, elsewhere] = [await testReceiver(), await testReceiver()]
  const sink = sinkFor(receiver)
  for (const code of [301, 302, 303, 307, 308]) {
    receiver.react(status(code, { location: elsewhere.url }))
    expect((await write(sink)).error).toMatchObject({
      parks: true,
      message: expect.stringContaining(`127.0.0.1:${elsewhere.port}`),
    })
  }
  expect(elsewhere.connections).toBe(0)
})

test('a proxy of the environment is not used', async () => {
  const [receiver, proxy] = [await testReceiver(), await testReceiver()]
  for (const name of ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY', 'ALL_PROXY']) vi.stubEnv(name, proxy.url)
  vi.stubEnv('NODE_USE_ENV_PROXY', '1')
  onTestFinished(() => void vi.unstubAllEnvs())
  expect((await write(sinkFor(receiver))).error).toBeUndefined()
  expect([receiver.connections, proxy.connections]).toEqual([1, 0])
})
