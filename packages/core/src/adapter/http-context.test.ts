import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { defineEvents, noPayload } from '../index.ts'
import { auditRecorder } from '../testing/recorder.ts'
import { HttpContext, isDefaultPayload, isStream, type RequestReader } from './index.ts'

const events = defineEvents({ flag: { created: z.object({}), read: noPayload } })

interface Given {
  method?: string
  ip?: string
  socketIp?: string
  headers?: Record<string, string>
  user?: unknown
}

const reader: RequestReader<Given> = {
  method: ({ method = 'POST' }) => method,
  ip: ({ ip }) => ip,
  socketIp: ({ socketIp }) => socketIp,
  header: ({ headers }, name) => headers?.[name],
  actor: ({ user }) => user,
  userAgent: true,
}

function contextOf(given: Given, own: Partial<RequestReader<Given>> = {}) {
  const warnings: string[] = []
  const audit = auditRecorder({ events, logger: { warn: (message) => void warnings.push(message), error: () => undefined } })
  return { context: new HttpContext(audit, { ...reader, ...own }, given), warnings }
}

describe('the context of an HTTP request', () => {
  const headers = { 'x-request-id': 'r1', 'user-agent': 'curl/8' }

  test.each<[string, Given, object]>([
    ['behind a proxy', { ip: '192.0.2.1', socketIp: '10.0.0.1' }, { ip: '192.0.2.1', socketIp: '10.0.0.1' }],
    ['without a proxy', { ip: '192.0.2.1', socketIp: '192.0.2.1' }, { ip: '192.0.2.1' }],
    ['without an address', { ip: '' }, {}],
  ])('the request has the addresses that are known %s', (_, given, addresses) => {
    const { context } = contextOf({ ...given, headers })
    expect(context.request()).toEqual({ id: 'r1', method: 'POST', userAgent: 'curl/8', ...addresses })
  })

  test('the request has no member that is unknown', () => {
    const { context } = contextOf({ headers: { 'x-request-id': 'r1' } }, { userAgent: false })
    expect(Object.keys(context.request())).toEqual(['id', 'method'])
  })

  test('the request keeps one id, and has a route once that has matched', () => {
    const { context } = contextOf({})
    const { id } = context.request()
    context.route = '/flags/:key'
    expect(context.request()).toEqual({ id, method: 'POST', route: '/flags/:key' })
  })

  test('the address of the socket is the one from when the request began', () => {
    const given: Given = { socketIp: '10.0.0.1' }
    const { context } = contextOf(given)
    delete given.socketIp
    expect(context.request()).toMatchObject({ socketIp: '10.0.0.1' })
  })

  test('the actor and the method are those from when the first operation began', () => {
    const given: Given = { method: 'PUT', user: { id: 'ada' } }
    const { context } = contextOf(given)
    context.begin()
    delete given.user
    given.method = 'GET'
    context.begin()
    expect(context.actor()).toEqual({ authentication: 'unknown', id: 'ada' })
    expect(context.request()).toMatchObject({ method: 'PUT' })
    expect(context.wasAnonymous).toBe(false)
  })

  test('a request without a user was anonymous', () => {
    const { context } = contextOf({})
    context.begin()
    expect(context.wasAnonymous).toBe(true)
  })

  test('a callback for the request id that throws is reported, and the id is random', () => {
    const { context, warnings } = contextOf({ headers }, { requestId: () => JSON.parse('{') as string })
    expect(context.request().id).toMatch(/^[0-9a-f]{8}-/)
    expect(warnings).toEqual([expect.stringContaining('The callback for the request id threw SyntaxError')])
  })
})

test.each<[string, object, boolean]>([
  ["Node's stream", { pipe: () => undefined }, true],
  ['a stream of the web', new ReadableStream(), true],
  ['an object', { pipe: 'lines' }, false],
])('isStream() recognizes %s', (_, value, expected) => expect(isStream(value)).toBe(expected))

test('the result of an operation is its payload, unless one was annotated or the event takes none', () => {
  const audit = auditRecorder({ events })
  const created = { name: 'flag:created', payload: null }
  expect(isDefaultPayload(audit, created, { key: 'a' })).toBe(true)
  expect(isDefaultPayload(audit, created, 'text')).toBe(false)
  expect(isDefaultPayload(audit, created, null)).toBe(false)
  expect(isDefaultPayload(audit, { ...created, payload: {} }, { key: 'a' })).toBe(false)
  expect(isDefaultPayload(audit, { ...created, name: 'flag:read' }, { key: 'a' })).toBe(false)
})
