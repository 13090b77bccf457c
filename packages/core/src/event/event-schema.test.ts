import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { createAudit } from '../create-audit.ts'
import { memoryJournal } from '../journal/memory-journal.ts'
import { memorySink } from '../sink/memory-sink.ts'
import { SinkError } from '../sink/sink-error.ts'
import { manualClock } from '../testing/manual-clock.ts'
import { defineEvents } from './catalog.ts'
import type { AuditEvent } from './event.ts'

// Readers of a trail rely on `docs/event.schema.json`, so it is checked against what the library really writes.

const schema = JSON.parse(readFileSync(new URL('../../../../docs/event.schema.json', import.meta.url), 'utf8')) as object
const isEvent = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema)
/** Also refuses members that the schema does not name, because the library writes none. */
const isDocumented = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(closed(schema) as object)

/** The schema without unknown members, except in objects whose members applications choose. */
function closed(given: object | boolean): object | boolean {
  if (typeof given === 'boolean') return given
  const members = (given as { readonly properties?: Readonly<Record<string, object>> }).properties
  const items = (given as { readonly items?: object }).items
  const isOpen = 'additionalProperties' in given || !members || 'actor' in members || 'authentication' in members
  return {
    ...given,
    ...(members && { properties: Object.fromEntries(Object.entries(members).map(([name, each]) => [name, closed(each)])) }),
    ...(items && { items: closed(items) }),
    ...(!isOpen && { additionalProperties: false }),
  }
}

const flag = z.object({ key: z.string(), enabled: z.boolean(), at: z.date().optional(), more: z.any() })
const events = defineEvents({
  flag: { created: flag, 'switched-on': flag, deleted: { payload: flag, failMode: 'closed', target: ({ key }) => key } },
})

/** An event of every kind that the library writes. */
async function everything(): Promise<readonly AuditEvent[]> {
  const clock = manualClock()
  const kept = memorySink({ name: 'kept' })
  const refusing = {
    name: 'refusing',
    write: async () => {
      throw new SinkError('No.', { refused: [0] })
    },
  }
  const logger = { warn: () => undefined, error: () => undefined }
  const audit = createAudit({
    service: 'schema',
    events,
    clock,
    logger,
    sinks: [kept, { sink: refusing, events: ['flag:created'] }],
    journal: memoryJournal(),
    queue: { maxEvents: 60 },
  })
  const actor = {
    authentication: 'oidc',
    id: 'u',
    email: 'e',
    name: 'n',
    picture: 'p',
    ip: '::1',
    type: 'user',
    onBehalfOf: { id: 'v' },
  } as const
  const context = {
    actor,
    request: { id: 'r', method: 'PUT', route: '/:key', ip: '::1' },
    trace: { traceId: 't', spanId: 's' },
    tenant: 'acme',
    correlationId: 'c',
  }
  await audit.run(context, async () => {
    await audit.record('flag:created', { key: 'a', enabled: true, at: new Date(0), more: new Map([['x', 1n]]) })
    await audit.record(
      'flag:switched-on',
      { key: 'a', enabled: true, more: { password: 'x' } },
      { before: { key: 'a', enabled: false, more: { password: 'y' } } },
    )
    await audit.record('flag:created', { key: 'x'.repeat(10_000), enabled: 1 } as never)
    await audit.attempt('flag:deleted', { key: 'a', enabled: true, more: 1 }, () => 1)
    await audit.attempt('flag:deleted', { key: 'a', enabled: true, more: 1 }, (event) =>
      event.annotate({ response: { status: 504, error: new RangeError('x') } }),
    )
    await audit
      .attempt('flag:deleted', { key: 'a', enabled: true, more: 1 }, () => {
        throw Object.assign(new Error('x'), { code: 'E', status: 403 })
      })
      .catch(() => undefined)
    await audit.record(
      'flag:created',
      { key: 'a', enabled: true, more: 1 },
      { status: 'failure', error: new TypeError('x'), reason: 'why', target: { type: 'flag', id: 'a', name: 'A' } },
    )
  })
  for (let index = 0; index < 200; index++) void audit.record('flag:created', { key: 'a', enabled: true, more: index })
  for (let index = 0; index < 25; index++) await audit.denied('flag:deleted', { reason: 'unauthenticated', limited: true })
  await audit.restore(audit.snapshot(), () => audit.denied('flag:deleted'))
  await clock.advance(120_000)
  const closing = audit.close()
  await clock.advance(10_000)
  await closing
  return kept.events
}

test('every event that the library writes fits the schema', async () => {
  const written = await everything()
  const names = new Set(written.map(({ type, action, status }) => `${type}:${action} ${status}`))
  expect([...names].toSorted()).toEqual([
    'audit:closed success',
    'audit:lost success',
    'audit:opened success',
    'audit:refused success',
    'audit:suppressed success',
    'flag:created failure',
    'flag:created success',
    'flag:deleted attempted',
    'flag:deleted denied',
    'flag:deleted success',
    'flag:switched-on success',
  ])
  for (const member of ['truncated', 'invalid', 'changes', 'attempt', 'target', 'reason', 'error', 'response']) {
    expect(
      written.some((event) => member in event),
      member,
    ).toBe(true)
  }
  for (const event of written) expect(isDocumented(event), JSON.stringify([isDocumented.errors, event])).toBe(true)
})

test('the schema rejects what is not an event', async () => {
  const [event] = await everything()
  expect(isEvent(event)).toBe(true)
  const { timestamp: _, ...withoutTimestamp } = event!
  for (const wrong of [
    withoutTimestamp,
    { ...event, status: 'done' },
    { ...event, id: 'x' },
    { ...event, type: 'Flag' },
    { ...event, metadata: {} },
    { ...event, timestamp: '2026-11-22T09:00:00Z' },
    { ...event, error: { message: 'secret' } },
    { ...event, sequence: -1 },
  ])
    expect(isEvent(wrong), JSON.stringify(wrong)).toBe(false)
})

test('the schema accepts members, actions and system events of later versions', async () => {
  const [event] = await everything()
  const metadata = { ...event!.metadata, colour: 'red', actor: { ...event!.metadata.actor, colour: 'red' } }
  const later = {
    ...event,
    metadata,
    colour: 'red',
    target: { type: 'flag', id: 'a', colour: 'red' },
    error: { kind: 'E', colour: 'red' },
  }
  for (const [type, action] of [
    ['audit', 'something-new'],
    ['flag', 'turned-upside-down'],
  ])
    expect(isEvent({ ...later, type, action }), JSON.stringify(isEvent.errors)).toBe(true)
  expect(isDocumented(later)).toBe(false)
})
