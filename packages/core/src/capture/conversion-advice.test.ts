import { describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { defineEvents } from '../event/catalog.ts'
import { auditRecorder } from '../testing/recorder.ts'

describe('the advice for a class without a conversion keeps the payload (#16)', () => {
  class User {
    readonly id = 1
    readonly email = 'ada@example.com'
  }
  class Decimal {
    readonly digits = [1, 5]
    toString(): string {
      return '1.5'
    }
  }
  const named = defineEvents({
    user: { created: z.object({ id: z.number(), email: z.string() }) },
    price: { set: z.object({ amount: z.any() }) },
  })
  const advised = async (convert: readonly [new () => unknown, (value: any) => unknown][]) => {
    const warnings: string[] = []
    const logger = { warn: (message: string) => void warnings.push(message), error: vi.fn() }
    const audit = auditRecorder({ events: named, convert, logger })
    await audit.record('user:created', new User())
    await audit.record('price:set', { amount: new Decimal() })
    const payloads = audit.events.map(({ payload }) => payload)
    await audit.close()
    return { payloads, warnings: warnings.filter((warning) => warning.includes('convert:')) }
  }
  const user = { id: 1, email: 'ada@example.com' }

  test('an entity is recorded by its data, a class with a text by its text', async () => {
    const before = await advised([])
    expect(before.payloads[0]).toEqual(user)
    expect(before.warnings).toEqual([
      expect.stringContaining('convert: [[User, (user) => ({ ...user })]]'),
      expect.stringContaining('convert: [[Decimal, String]]'),
    ])
    const after = await advised([
      [User, (one: User) => ({ ...one })],
      [Decimal, String],
    ])
    expect(after).toEqual({ payloads: [user, { amount: '1.5' }], warnings: [] })
  })

  test('String of an entity has no information, so the entity stays unchanged', async () => {
    expect((await advised([[User, String]])).payloads[0]).toEqual(user)
  })
})
