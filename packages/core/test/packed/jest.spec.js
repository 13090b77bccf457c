const { Router } = require('@koa/router')
const core = require('@audit/core')
const { auditRecorder } = require('@audit/core/testing')
const { batches, hostilePayloads, tripwire } = require('@audit/core/testing/arbitraries')
const fc = require('fast-check')
const koa = require('@audit/koa')
const sinkFile = require('@audit/sink-file')
const Koa = require('koa')
const { z } = require('zod')
const roundTrip = require('./round-trip.cjs')

test('all three load and record', async () => {
  const events = await roundTrip({ core, sinkFile, koa, Koa, Router, z }, 'jest.log')
  expect(events).toMatchObject([{ type: 'flag', action: 'created', payload: { key: 'packed' } }])
})

test('the recorder for tests sees an event before record() returns', () => {
  const audit = auditRecorder({ events: core.defineEvents({ flag: { created: z.object({ key: z.string() }) } }) })
  void audit.record('flag:created', { key: 'a' })
  expect(audit.events).toMatchObject([{ type: 'flag', payload: { key: 'a' } }])
})

describe('the matcher', () => {
  const events = core.defineEvents({ flag: { created: z.object({ key: z.string(), at: z.date().optional() }) } })
  const recorded = (...keys) => {
    const audit = auditRecorder({ events })
    for (const key of keys) void audit.record('flag:created', { key })
    return audit
  }

  test('passes for recorded events, and with `not` for others', () => {
    expect(recorded('a')).toHaveAudited('flag:created', { key: 'a' })
    expect(recorded('a', 'a')).toHaveAudited('flag:created', { key: expect.any(String) }, { times: 2 })
    expect(recorded()).not.toHaveAudited()
  })
  test('fails otherwise, and lists the recorded events', () => {
    expect(() => expect(recorded('b')).toHaveAudited('flag:created', { key: 'a' })).toThrow(
      /0 match.*flag:created \(success\) {"key":"b"}/s,
    )
    expect(() => expect(recorded('a', 'a')).toHaveAudited('flag:created')).toThrow(/2 match/)
    expect(() => expect(recorded('a')).not.toHaveAudited()).toThrow(/no event/)
  })
})

test('the arbitraries use the installed fast-check', () => {
  const { trip } = tripwire()
  expect(fc.sample(hostilePayloads(trip), 20)).toHaveLength(20)
  fc.assert(fc.property(batches({ maxLength: 3 }), ({ events }) => events.length >= 1 && events.length <= 3))
})
