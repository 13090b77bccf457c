import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { sampleBatch } from '@audit/core/testing'
import { fileSink } from '@audit/sink-file'
import { webhookSink } from '@audit/sink-webhook'
import { expect, onTestFinished, test } from 'vitest'
import { fliptLogFormat, fliptSigner, fliptWebhookFormat, verifyFliptWebhook } from './index.ts'

// The formats in the sinks that they are for.

const options = () => ({ signal: new AbortController().signal })

test('a file sink writes a line of the log per event', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'audit-flipt-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const format = fliptLogFormat()
  const path = join(folder, 'audit.log')
  const sink = fileSink({ path, format })
  const batch = sampleBatch(2)
  await sink.write(batch, options())
  await sink.close()
  expect(sink).toMatchObject({ statuses: ['success', 'denied'], systemEvents: false })
  expect(await readFile(path, 'utf8')).toBe(batch.events.map((event) => `${format.encode(event, '')}\n`).join(''))
})

test('a webhook sink sends one request per event, with the signature of Flipt alone, over the exact body', async () => {
  const received: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = []
  const server = createServer(async (request, response) => {
    received.push({ headers: request.headers, body: await text(request) })
    response.writeHead(204).end()
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close().closeAllConnections())
  await expect.poll(() => server.listening).toBe(true)
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const sink = webhookSink({ url, format: fliptWebhookFormat, sign: fliptSigner('not a whsec') })
  const batch = sampleBatch(2)
  await sink.write(batch, options())
  await sink.close!()
  expect(sink).toMatchObject({ statuses: ['success', 'denied'], systemEvents: false })
  expect(received.map(({ body }) => body)).toEqual(batch.events.map((event) => fliptWebhookFormat.encode(event, '')))
  for (const request of received) {
    expect(request.headers).toMatchObject({ 'content-type': 'application/json' })
    expect(request.headers).not.toHaveProperty('webhook-signature')
    expect(() => verifyFliptWebhook(request, 'not a whsec')).not.toThrow()
  }
})
