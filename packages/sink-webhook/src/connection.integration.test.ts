import { Socket } from 'node:net'
import { queryObjects } from 'node:v8'
import { sampleBatch } from '@audit/core/testing'
import { expect, test } from 'vitest'
import { testReceiver } from '../test/receiver.ts'
import { webhookSink } from './webhook-sink.ts'

// Collects garbage before it counts.
const sockets = () => queryObjects(Socket, { format: 'count' })

test('connections that the receiver closes after each answer leak no memory', async () => {
  const receiver = await testReceiver()
  receiver.react((response) => response.writeHead(204, { connection: 'close' }).end())
  const sink = webhookSink({ url: receiver.url })
  const { signal } = new AbortController()
  await sink.write(sampleBatch(1), { signal })
  const before = sockets()
  for (let count = 0; count < 300; count++) await sink.write(sampleBatch(1), { signal })
  await expect.poll(() => sockets() - before).toBeLessThan(30)
  expect(receiver.deliveries.length).toBe(301)
  await sink.close!()
})
