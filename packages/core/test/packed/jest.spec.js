const { Router } = require('@koa/router')
const core = require('@audit/core')
const { auditRecorder } = require('@audit/core/testing')
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
