import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineEvents } from '../event/catalog.ts'
import { auditRecorder } from '../testing/recorder.ts'

const flag = z.object({ key: z.string(), version: z.number(), tags: z.array(z.string()) })
const audited = () => auditRecorder({ events: defineEvents({ flag: { updated: flag } }), strict: false })

/** An entity that lives in a store and is changed in place. */
const entity = () => ({ key: 'a', version: 0, tags: ['x'] })
function change(flag: ReturnType<typeof entity>): ReturnType<typeof entity> {
  flag.version++
  flag.tags.push(`v${flag.version}`)
  return flag
}
const changes = [
  { path: '/version', from: 0, to: 1 },
  { path: '/tags', from: ['x'], to: ['x', 'v1'] },
]

test('the state before is copied when the event begins', async () => {
  const audit = audited()
  const stored = entity()
  const open = await audit.begin('flag:updated', null, { before: stored })
  await open.succeed(change(stored))
  expect(audit.events.at(-1)!.changes).toEqual(changes)
})

test('the state before is copied when it is annotated', async () => {
  const audit = audited()
  const stored = entity()
  await audit.attempt('flag:updated', entity(), (event) => {
    event.annotate({ before: stored })
    event.annotate({ payload: change(stored) })
    change(stored)
  })
  expect(audit.events.at(-1)!.changes).toEqual(changes)
})

test('a payload, a target and an actor are copied when they are handed over', async () => {
  const audit = audited()
  const stored = entity()
  const target = { type: 'flag', id: 'a' }
  const actor = { authentication: 'session', id: 'u1' }
  const open = await audit.begin('flag:updated', stored, { target, actor })
  change(stored)
  target.id = 'b'
  actor.id = 'u2'
  expect(open.payload).toEqual(entity())
  // As an adapter does it.
  await open.succeed(open.payload!)
  expect(audit.events.map(({ status, payload }) => [status, payload])).toEqual([
    ['attempted', entity()],
    ['success', entity()],
  ])
  expect(audit.events[1]).toMatchObject({ target: { id: 'a' }, metadata: { actor: { id: 'u1' } } })
})

test('parts that were cut from a copy are marked in the event', async () => {
  const audit = audited()
  const open = await audit.begin('flag:updated', null, {
    before: { ...entity(), key: 'k'.repeat(9_000) },
    attempted: 'if-closed',
  })
  open.annotate({ payload: { ...entity(), tags: ['t'.repeat(9_000)] } })
  await open.succeed(open.payload!)
  expect(audit.events[0]!.truncated).toEqual(['/payload/tags/0', '/changes/key'])
})
