import { memoryJournal } from '../journal/memory-journal.ts'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineEvents } from '../event/catalog.ts'
import { auditRecorder, watchAudit } from './recorder.ts'
import { createAudit } from '../create-audit.ts'
import './vitest.ts'

const events = defineEvents({
  flag: { created: z.object({ key: z.string(), at: z.date().optional() }), deleted: z.object({ key: z.string() }) },
})

test('an event is seen before record() returns', () => {
  const audit = auditRecorder({ events })
  void audit.record('flag:created', { key: 'a', at: new Date(0) })
  expect(audit.events).toHaveLength(1)
  expect(audit).toHaveAudited('flag:created', { key: 'a', at: '1970-01-01T00:00:00.000Z' })
})

test('exactly one event is expected by default', () => {
  const audit = auditRecorder({ events })
  void audit.record('flag:created', { key: 'a' })
  void audit.record('flag:created', { key: 'a' })
  expect(() => expect(audit).toHaveAudited('flag:created', { key: 'a' })).toThrow(/2 match/)
  expect(audit).toHaveAudited('flag:created', { key: 'a' }, { times: 2 })
})

test('a denial is not a success', () => {
  const audit = auditRecorder({ events })
  void audit.denied('flag:deleted', { target: 'a', reason: 'forbidden' })
  expect(audit).not.toHaveAudited('flag:deleted')
  expect(audit).toHaveAudited('flag:deleted', undefined, {
    status: 'denied',
    reason: 'forbidden',
    target: { type: 'flag', id: 'a' },
  })
})

test('a failure lists the recorded events', () => {
  const audit = auditRecorder({ events })
  void audit.record('flag:created', { key: 'b' })
  expect(() => expect(audit).toHaveAudited('flag:created', { key: 'a' })).toThrow(/flag:created \(success\) \{"key":"b"\}/)
  expect(() => expect(audit).not.toHaveAudited()).toThrow(/no event/)
  audit.clear()
  expect(audit).not.toHaveAudited()
})

test('expected values may be asymmetric', () => {
  const audit = auditRecorder({ events })
  void audit.record('flag:created', { key: 'flipt' })
  expect(audit).toHaveAudited('flag:created', { key: expect.stringMatching(/^fl/) })
})

test('a recorder is strict, so a test learns of a payload that does not fit', async () => {
  const audit = auditRecorder({ events })
  await expect(audit.record('flag:created', { key: 1 } as never)).rejects.toMatchObject({ code: 'AUDIT_INVALID_EVENT' })
})

test("an application's own audit can be watched, and only that", async () => {
  const logger = { warn: () => undefined, error: () => undefined }
  await using mine = createAudit({ service: 'mine', events, journal: memoryJournal(), logger })
  await using other = createAudit({ service: 'other', events, journal: memoryJournal(), logger })
  using watch = watchAudit(mine)
  void other.record('flag:created', { key: 'x' })
  void mine.record('flag:created', { key: 'y' })
  expect(watch.events.map((event) => event.payload)).toEqual([{ key: 'y' }])
})

test('the matchers throw a clear error for anything but a recorder', () => {
  expect(() => expect({}).toHaveAudited('flag:created')).toThrow(/auditRecorder/)
})
