import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { holdEnd } from './hold-end.ts'

async function answerOf(listener: RequestListener): Promise<{ status: number; text: string; length: string | null }> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  return { status: response.status, text: await response.text(), length: response.headers.get('content-length') }
}

test('the client is answered only after the work, with the same response', async () => {
  const steps: string[] = []
  const answer = await answerOf((_, response) => {
    holdEnd(response, async () => {
      await new Promise((resolve) => setImmediate(resolve))
      steps.push('work')
    })
    response.statusCode = 418
    response.on('finish', () => steps.push('finish')).end('text')
    steps.push('returned')
  })
  expect(answer).toEqual({ status: 418, text: 'text', length: '4' })
  expect(steps).toEqual(['returned', 'work', 'finish'])
})

test('a held response claims that it is sent, and ignores a second end()', async () => {
  const seen: boolean[] = []
  const answer = await answerOf((_, response) => {
    const look = () => void seen.push(response.headersSent, response.writableEnded)
    look()
    holdEnd(response, async () => undefined)
    response.end('first')
    look()
    response.end('second')
  })
  expect(answer.text).toBe('first')
  expect(seen).toEqual([false, false, true, true])
})

test('a response without work to wait for ends at once', async () => {
  const answer = await answerOf((_, response) => {
    holdEnd(response, () => undefined)
    response.end('text')
    expect(response.writableEnded).toBe(true)
  })
  expect(answer.text).toBe('text')
})

test('a body that Node refuses closes the connection, and does not end the process', async () => {
  const answered = answerOf((_, response) => {
    holdEnd(response, async () => undefined)
    response.end(42 as never)
  })
  await expect(answered).rejects.toThrow('fetch failed')
})
