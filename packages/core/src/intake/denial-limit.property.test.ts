import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineEvents } from '../event/catalog.ts'
import { memorySink } from '../sink/memory-sink.ts'
import { auditRecorder, manualClock } from '../testing/index.ts'

const events = defineEvents({ session: { opened: z.object({}), closed: z.object({}) } })

const denial = fc.record({
  name: fc.constantFrom('session:opened', 'session:closed'),
  route: fc.option(fc.constantFrom('/login', '/admin/:id', '/a b')),
  reason: fc.constantFrom('unauthenticated', 'forbidden'),
  id: fc.option(fc.constantFrom('ada')),
  limited: fc.boolean(),
  afterMs: fc.constantFrom(0, 0, 0, 1_000, 61_000),
})

test('every denial is recorded, or counted in an audit:suppressed event', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(denial, { maxLength: 60 }), fc.integer({ min: 0, max: 4 }), async (denials, anonymousPerMinute) => {
      const clock = manualClock()
      const sink = memorySink()
      const sinks = [{ sink, events: ['audit:suppressed'] }]
      const audit = auditRecorder({ events, clock, sinks, denials: { anonymousPerMinute } })
      const held = new Map<string, number>()
      for (const { name, route, reason, id, limited, afterMs } of denials) {
        await clock.advance(afterMs)
        const context = { ...(route !== null && { request: { route } }), actor: { authentication: 'none', ...(id && { id }) } }
        const receipt = await audit.run(context, () => audit.denied(name as 'session:opened', { reason, limited }))
        held.set(receipt.held, (held.get(receipt.held) ?? 0) + 1)
        // Denials of known actors, and denials that no adapter reported, are never limited.
        if (receipt.held === 'suppressed') expect({ limited, id }).toEqual({ limited: true, id: null })
      }
      const { submitted, suppressed } = audit.stats()
      await audit.close()
      const systemEvents = sink.events.map(({ payload }) => payload as Told)
      const told = systemEvents.reduce((sum, { count }) => sum + count, 0)
      expect(told).toBe(held.get('suppressed') ?? 0)
      expect(suppressed).toBe(told)
      expect(submitted + told).toBe(denials.length)
      expect(audit.events.length + told).toBe(denials.length)
      for (const { reasons, count, from, to } of systemEvents) {
        expect(Object.values(reasons).reduce((a, b) => a + b)).toBe(count)
        expect(from <= to).toBe(true)
      }
    }),
  )
})

interface Told {
  readonly count: number
  readonly reasons: Record<string, number>
  readonly from: string
  readonly to: string
}
