import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { defineEvents } from '../event/catalog.ts'
import { memorySink } from '../sink/memory-sink.ts'
import { auditRecorder, manualClock } from '../testing/index.ts'

const events = defineEvents({ flag: { deleted: z.object({}) } })

function recorder(denials?: { anonymousPerMinute: number }) {
  const clock = manualClock()
  const sink = memorySink()
  const audit = auditRecorder({ events, clock, sinks: [{ sink, events: ['audit:suppressed'] }], ...(denials && { denials }) })
  onTestFinished(() => audit.close())
  const told = () => sink.events.map(({ payload }) => payload)
  const deny = (route: string, reason = 'unauthenticated') =>
    audit.run({ request: { route } }, () => audit.denied('flag:deleted', { reason, limited: true }))
  return { clock, audit, told, deny }
}

test('the limit lets twenty denials per minute and route be recorded, and the count of the others when the minute ends', async () => {
  const { clock, audit, told, deny } = recorder()
  for (let at = 0; at < 25; at++) await deny('/flags/:key', at < 22 ? 'unauthenticated' : 'forbidden')
  await deny('/other')
  expect(audit.events).toHaveLength(21)
  expect(await deny('/flags/:key')).toMatchObject({ held: 'suppressed' })
  expect(told()).toEqual([])
  await clock.advance(60_000)
  await audit.flush()
  expect(told()).toMatchObject([
    { event: 'flag:deleted', route: '/flags/:key', reasons: { unauthenticated: 3, forbidden: 3 }, count: 6 },
  ])
  expect(await deny('/flags/:key')).toMatchObject({ held: 'journal' })
  expect(audit.stats().suppressed).toBe(6)
})

test('flush() records the counted denials, and does not start another minute', async () => {
  const { audit, told, deny } = recorder({ anonymousPerMinute: 1 })
  await deny('/a')
  await deny('/a')
  await audit.flush()
  expect(told()).toMatchObject([{ count: 1 }])
  expect(await deny('/a')).toMatchObject({ held: 'suppressed' })
  await audit.flush()
  expect(told()).toMatchObject([{ count: 1 }, { count: 1 }])
})

test('a scanner that tries endless routes does not fill the memory', async () => {
  const { audit, told, deny } = recorder({ anonymousPerMinute: 0 })
  for (let at = 0; at < 1_100; at++) await deny(`/${at}`)
  await audit.flush()
  expect(told()).toHaveLength(1_001)
  expect(told().at(-1)).toMatchObject({ route: '(other routes)', count: 100 })
})

test('denials during and after close are not suppressed, because their count could not be recorded', async () => {
  const { audit, told, deny } = recorder({ anonymousPerMinute: 0 })
  await deny('/a b')
  const closing = audit.close()
  expect(await deny('/a b')).toMatchObject({ held: 'journal' })
  await closing
  expect(await deny('/a b')).toMatchObject({ held: 'lost' })
  expect(told()).toMatchObject([{ route: '/a b', count: 1 }])
  expect(audit.stats()).toMatchObject({ suppressed: 1, submitted: 2, recorded: 1, lost: 1 })
})

test('denials without a route are counted per event', async () => {
  const { audit, told } = recorder({ anonymousPerMinute: 0 })
  await audit.run({ request: { method: 'GET' } }, () => audit.denied('flag:deleted', { limited: true }))
  await audit.denied('flag:deleted', { limited: true })
  await audit.flush()
  expect(told()).toMatchObject([{ route: '(no route)', reasons: { denied: 2 }, count: 2 }])
})

test('an invalid denials.anonymousPerMinute is rejected', () => {
  expect(() => auditRecorder({ events, denials: { anonymousPerMinute: -1 } })).toThrow(
    'denials.anonymousPerMinute: give a whole number',
  )
})
