import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { defineEvents } from '../event/catalog.ts'
import { auditRecorder } from '../testing/index.ts'

const events = defineEvents({ flag: { created: z.object({ key: z.string() }) } })

function recorder() {
  const said: string[] = []
  const warn = (message: string) => void (message.startsWith('The journal is') || said.push(message))
  const audit = auditRecorder({ events, logger: { warn, error: warn } })
  onTestFinished(() => audit.close())
  return { audit, said }
}

/** As through a queue. */
const sent = (snapshot: unknown): unknown => JSON.parse(JSON.stringify(snapshot))

test('a job is recorded with the actor who asked for it, and marked as restored from a snapshot', async () => {
  const { audit } = recorder()
  let user: string | undefined
  const context = {
    actor: () => ({ authentication: 'jwt', id: user! }),
    request: { id: 'r-1', route: '/flags' },
    trace: { traceId: 'a'.repeat(32) },
    tenant: 'acme',
    correlationId: 'c-1',
  }
  const snapshot = audit.run(context, () => {
    user = 'ada'
    return sent(audit.snapshot())
  })
  const result = await audit.run({ actor: { authentication: 'none', id: 'worker' }, tenant: 'worker' }, () =>
    audit.restore(snapshot, async () => {
      await audit.record('flag:created', { key: 'a' })
      return 7
    }),
  )
  expect(result).toBe(7)
  expect(audit.events[0]!.metadata).toEqual({
    actor: { authentication: 'jwt', id: 'ada' },
    request: { id: 'r-1', route: '/flags' },
    trace: { traceId: 'a'.repeat(32) },
    tenant: 'acme',
    correlationId: 'c-1',
    restored: true,
  })
})

test('restore() keeps nothing of the surrounding context, not even an open event', async () => {
  const { audit } = recorder()
  const snapshot = sent(audit.snapshot())
  const open = await audit.begin('flag:created', { key: 'outer' })
  await audit.run({ event: open, tenant: 'outer' }, () =>
    audit.restore(snapshot, () => audit.record('flag:created', { key: 'job' })),
  )
  expect(open.settled).toBe(false)
  expect(audit.events.at(-1)!.metadata).toEqual({ actor: { authentication: 'none' }, restored: true })
})

test.each([
  undefined,
  null,
  'text',
  {},
  { version: 2, actor: { authentication: 'jwt' } },
  { version: 1, actor: { id: 'ada' } },
  { version: 1, actor: { authentication: 'jwt' }, request: 'GET' },
  { version: 1, actor: { authentication: 'jwt', id: 'x'.repeat(9_000) } },
])('restore(%j) is reported, and the actor is unknown', async (given) => {
  const { audit, said } = recorder()
  await audit.restore(given, () => audit.record('flag:created', { key: 'a' }))
  expect(audit.events[0]!.metadata).toEqual({ actor: { authentication: 'unknown' }, restored: true })
  expect(said).toEqual([expect.stringContaining('restore() was given a value that is not a snapshot')])
})

test('restore() reports a value that throws when it is read', () => {
  const { audit, said } = recorder()
  const trap = () => {
    throw new Error('read')
  }
  expect(audit.restore(new Proxy({}, { get: trap }), () => 7)).toBe(7)
  expect(said).toHaveLength(1)
})

test('a snapshot has at most 2 KiB: the members that say least about the actor are left out first', () => {
  const { audit } = recorder()
  const long = 'x'.repeat(1_000)
  const actor = { authentication: 'jwt', id: 'ada', picture: long, name: long, email: long, ip: '192.0.2.1' }
  const snapshot = audit.run({ actor, request: { id: long, route: '/flags' }, tenant: 'acme' }, () => audit.snapshot())
  expect(snapshot).toEqual({
    version: 1,
    tenant: 'acme',
    actor: { authentication: 'jwt', id: 'ada', ip: '192.0.2.1' },
    truncated: ['/request', '/actor/email', '/actor/name', '/actor/picture'],
  })
  const worst = { authentication: '\u0001'.repeat(168), id: '\u0001'.repeat(168) }
  const trace = { traceId: long, spanId: long }
  const smallest = audit.run({ actor: worst, trace, tenant: 'ü'.repeat(300) }, () => audit.snapshot())
  expect(smallest).toEqual({ version: 1, actor: { authentication: 'unknown' }, truncated: [''] })
  for (const made of [snapshot, smallest]) expect(Buffer.byteLength(JSON.stringify(made))).toBeLessThanOrEqual(2_048)
})
