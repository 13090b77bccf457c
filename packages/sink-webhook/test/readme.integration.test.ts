import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { sampleBatch } from '@audit/core/testing'
import { generateWebhookSecret } from '@audit/webhook-signature'
import { expect, onTestFinished, test } from 'vitest'
import { webhookSink } from '../src/webhook-sink.ts'

const directory = new URL('..', import.meta.url)
const readme = readFileSync(new URL('README.md', directory), 'utf8')
const examples = [...readme.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code]) => code!)
const receiver = examples.find((code) => code.includes('createServer'))!

test('the receiver of the README accepts each delivery of the sink once, and refuses another secret', async () => {
  const secret = generateWebhookSecret()
  // The child listens at a free port, which the parent has to learn.
  const code = receiver.replace('.listen(4500)', '.listen(0, function () { console.log(this.address().port) })')
  expect(code).not.toBe(receiver)
  const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', code], {
    cwd: directory,
    env: { ...process.env, AUDIT_WEBHOOK_SECRET: secret },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await once(child, 'close')
  })
  let printed = ''
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  await expect.poll(() => printed).toMatch(/^\d+\n/)
  const url = `http://127.0.0.1:${printed.trim()}/audit`

  const batch = sampleBatch(3)
  const signal = new AbortController().signal
  const [sink, stranger] = [secret, generateWebhookSecret()].map((secret) => webhookSink({ url, secret }))
  onTestFinished(async () => void (await Promise.all([sink!.close!(), stranger!.close!()])))
  await sink!.write(batch, { signal })
  await sink!.write(batch, { signal })
  await expect(stranger!.write(sampleBatch(1), { signal })).rejects.toMatchObject({ parks: true })
  await expect.poll(() => printed.trim().split('\n').slice(1)).toEqual(batch.events.map(({ id }) => `flag created ${id}`))
})
