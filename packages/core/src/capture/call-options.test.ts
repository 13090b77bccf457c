import { expect, test, vi } from 'vitest'
import { z } from 'zod'
import { defineEvents } from '../event/catalog.ts'
import { auditRecorder } from '../testing/recorder.ts'

const flag = z.object({ key: z.string() })
const audited = () => auditRecorder({ events: defineEvents({ flag: { updated: flag } }), strict: false })

test.each<[object, string]>([
  [{ status: 'succes' }, "status: give 'attempted', 'success', 'failure', 'denied'"],
  [{ status: null }, 'status: give'],
  [{ tarjet: 'a' }, `"tarjet" is not an option; did you mean 'target'?`],
  [{ actor: 'ada' }, "actor: give an object such as { authentication: 'session', id }, not a string"],
  [{ actor: 7 }, 'not a number'],
  [{ tennant: 'a' }, `did you mean 'tenant'?`],
])('record() with %j rejects, and records nothing', async (options, problem) => {
  const audit = audited()
  const rejected = audit.record('flag:updated', { key: 'a' }, options as never)
  await expect(rejected).rejects.toMatchObject({ code: 'AUDIT_INVALID_OPTIONS', message: expect.stringContaining(problem) })
  expect(audit.events).toEqual([])
  expect(audit.stats()).toMatchObject({ submitted: 1, rejected: 1 })
})

test('denied(), begin() and attempt() reject as well', async () => {
  const audit = audited()
  const operation = vi.fn()
  await expect(audit.denied('flag:updated', { status: 'success' } as never)).rejects.toThrow('"status" is not an option')
  await expect(audit.denied('flag:updated', 'forbidden' as never)).rejects.toThrow('give options as an object, not a string')
  await expect(audit.begin('flag:updated', null, { failMode: 'close' as never })).rejects.toThrow(
    "failMode: give 'open', 'closed'",
  )
  await expect(audit.attempt('flag:updated', { key: 'a' }, operation, { actor: 7 } as never)).rejects.toThrow(
    'actor: give an object',
  )
  expect(operation).not.toHaveBeenCalled()
  expect(audit.events).toEqual([])
})

test('run() and annotate() report unknown options, and go on', async () => {
  const warn = vi.fn<(message: string) => void>()
  const audit = auditRecorder({ events: defineEvents({ flag: { updated: flag } }), logger: { warn, error: warn } })
  await audit.run({ tenent: 'acme' } as never, () =>
    audit.attempt('flag:updated', { key: 'a' }, () => audit.annotate({ tarjet: 'b', attempt: 'forged' } as never)),
  )
  expect(audit.events.map(({ status }) => status)).toEqual(['attempted', 'success'])
  expect(audit.events[1]!.attempt).toBe(audit.events[0]!.id)
  expect(warn).toHaveBeenCalledWith(expect.stringContaining(`run(): "tenent" is not an option; did you mean 'tenant'?`))
  expect(warn).toHaveBeenCalledWith(expect.stringContaining(`annotate(): "tarjet" is not an option; did you mean 'target'?`))
})

test('an actor that is not an object is unknown in a context, and is reported', async () => {
  const warn = vi.fn<(message: string) => void>()
  const audit = auditRecorder({ events: defineEvents({ flag: { updated: flag } }), logger: { warn, error: warn } })
  await audit.run({ actor: 'ada' as never }, () => audit.record('flag:updated', { key: 'a' }))
  expect(audit.events[0]!.metadata.actor).toEqual({ authentication: 'unknown' })
  expect(warn).toHaveBeenCalledWith(expect.stringContaining('actor is not an object but a string'))
})
