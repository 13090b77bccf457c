import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAudit, defineEvents, fileJournal, noPayload } from '@audit/core'
import { expect, onTestFinished, test } from 'vitest'
import { status, testReceiver } from '../test/receiver.ts'
import { verifyWebhook } from '@audit/webhook-signature'
import { webhookAnchor } from './webhook-anchor.ts'

// The secret is for these tests alone.
const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`
const events = defineEvents({ flag: { created: noPayload } })

function openAudit(anchor: ReturnType<typeof webhookAnchor>) {
  const directory = mkdtempSync(join(tmpdir(), 'audit-anchor-'))
  const said: string[] = []
  const logger = { warn: (message: string) => void said.push(message), error: (message: string) => void said.push(message) }
  const audit = createAudit({ service: 'anchored', events, journal: fileJournal({ directory }), anchors: [anchor], logger })
  onTestFinished(async () => {
    await audit.close({ timeoutMs: 1_000 })
    rmSync(directory, { recursive: true, force: true })
  })
  return { audit, said }
}

interface Told {
  readonly origin: string
  readonly size: number
  readonly checkpoint: string
}

test('every checkpoint is posted, signed, and the last one before the end', async () => {
  const receiver = await testReceiver()
  const told: Told[] = []
  const ids: unknown[] = []
  receiver.react((response, delivery) => {
    ids.push(verifyWebhook(delivery, secret).id)
    told.push(JSON.parse(delivery.body) as Told)
    status(204)(response, delivery)
  })
  const { audit } = openAudit(webhookAnchor({ url: receiver.url, secret, everyMs: 1 }))
  await audit.record('flag:created', null)
  await expect.poll(() => told.length).toBeGreaterThan(0)
  const origin = audit.health().journal.source
  await audit.close()
  // Four events, and a seal in between if the machine is slow.
  const { size } = told.at(-1)!
  expect(size).toBeGreaterThanOrEqual(4)
  expect(told.at(-1)).toEqual({ origin, size, checkpoint: expect.stringMatching(new RegExp(`^${origin}\n${size}\n`)) })
  expect(new Set(ids).size).toBe(ids.length)
})

test('a receiver that refuses checkpoints is reported in health(), and delays no event', async () => {
  const receiver = await testReceiver()
  receiver.react(status(500))
  const { audit, said } = openAudit(webhookAnchor({ url: receiver.url, name: 'elsewhere' }))
  await audit.record('flag:created', null)
  await expect.poll(() => said.join()).toContain("Anchor 'elsewhere' has not accepted checkpoints since")
  expect(audit.health()).toMatchObject({
    status: 'degraded',
    problems: expect.arrayContaining([expect.stringContaining('answered 500')]),
  })
  expect(await audit.record('flag:created', null)).toMatchObject({ held: 'journal' })
})

test.each([
  [{ url: 'ftp://a.example' }, /url: give an http/],
  [{ url: 'https://a.example', everyMs: 0 }, /everyMs: give a whole number/],
  [{ url: 'https://a.example', secret: undefined }, /secret: it is undefined/],
  [{ url: 'https://a.example', encoding: 'array', evryMs: 1 }, /evryMs: there is no such option/],
])('webhookAnchor() refuses the options %j', (options, said) => {
  expect(() => webhookAnchor(options as never)).toThrow(said)
})

test.each([undefined, null, 3])('webhookAnchor(%s) is refused with a list of problems', (given) => {
  expect(() => webhookAnchor(given as never)).toThrow(
    expect.objectContaining({ code: 'AUDIT_INVALID_OPTIONS', problems: [expect.stringContaining('url: ')] }),
  )
})
