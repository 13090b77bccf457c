import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { memoryJournal, type AuditEvent, type Journal } from '@audit/core'
import { auditRecorder } from '@audit/core/testing'
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import { events } from './audit-events.ts'
import { createService, frameworks } from './service.ts'
import { fliptFlag } from './tour.ts'
import { createTourist, type Request } from './tourist.ts'

const servers: Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve))
})

const reasons: Readonly<Record<number, string>> = { 401: 'unauthenticated', 403: 'forbidden' }

/** The reason is the refusing guard with NestJS; the status is the same with both. */
const outcome = ({ type, action, status, reason, error }: AuditEvent) => {
  const why = status === 'denied' ? reasons[error?.status ?? 0] : reason
  return `${type}:${action} ${status}${why ? ` ${why}` : ''}`
}

describe.each(frameworks)('%s', (framework) => {
  async function serve({ journal = memoryJournal() }: { readonly journal?: Journal } = {}) {
    const audit = auditRecorder({ events, journal, maxWaitMs: 100 })
    const { answer, adminToken, stop } = await createService(framework, audit)
    const server = createServer(answer).listen(0, '127.0.0.1')
    servers.push(server)
    onTestFinished(stop)
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const tourist = createTourist(url)
    return { audit, url, adminToken, tourist, admin: tourist.as(adminToken) }
  }

  const flags = '/namespaces/default/flags'
  const segments = '/namespaces/default/segments'

  describe('recorded events', () => {
    test("the event of the flag 'flipt' has Flipt's six members first, the actor with address, and the sent payload", async () => {
      const { audit, admin } = await serve()
      await admin(`POST ${flags}`, '201', fliptFlag)
      const [event] = audit.events
      expect(Object.keys(event!).slice(0, 6)).toEqual(['version', 'type', 'action', 'metadata', 'payload', 'timestamp'])
      expect(event!.metadata).toEqual({
        actor: { authentication: 'token', ip: '127.0.0.1', id: 'bootstrap', name: 'bootstrap' },
        request: { id: expect.any(String), method: 'POST', route: '/api/v1/namespaces/:namespace_key/flags', ip: '127.0.0.1' },
      })
      expect(JSON.stringify(event!.payload)).toBe(JSON.stringify(fliptFlag))
      expect(event!.target).toEqual({ type: 'flag', id: 'flipt' })
    })

    test('the event of an update has the changes', async () => {
      const { audit, admin } = await serve()
      await admin(`POST ${flags}`, '201', fliptFlag)
      await admin(`PUT ${flags}/flipt`, '200', { name: 'Flipt', enabled: true })
      expect(audit.events[1]!.changes).toEqual([
        { path: '/description', from: 'flipt flag', to: '' },
        { path: '/name', from: 'flipt', to: 'Flipt' },
      ])
    })

    test('events of a segment have its constraints, those of a rule its distributions', async () => {
      const { audit, admin } = await serve()
      await admin(`POST ${segments}`, '201', { key: 'europe', name: 'Europe' })
      const country = { type: 'STRING_COMPARISON_TYPE', property: 'country', operator: 'eq', value: 'pt' }
      const constraint = await admin(`POST ${segments}/europe/constraints`, '201', country)
      await admin(`DELETE ${segments}/europe`, '204')
      expect(constraint).toEqual({ ...country, id: constraint.id, namespace_key: 'default', segment_key: 'europe' })
      expect(audit.events.at(-1)!.payload).toMatchObject({ key: 'europe', constraints: [constraint] })
    })

    test('a deleted flag is deleted with everything below it', async () => {
      const { admin } = await serve()
      await admin(`POST ${flags}`, '201', fliptFlag)
      const variant = await admin(`POST ${flags}/flipt/variants`, '201', { key: 'blue' })
      await admin(`DELETE ${flags}/flipt`, '204')
      await admin(`POST ${flags}`, '201', fliptFlag)
      await admin(`GET ${flags}/flipt/variants/${variant.id}`, '404')
      expect(await admin(`GET ${flags}/flipt/variants`, '200')).toEqual([])
    })

    test('reading is not recorded', async () => {
      const { audit, admin } = await serve()
      await admin('GET /namespaces', '200')
      await admin('GET /namespaces/default', '200')
      await admin('GET /tokens', '200')
      expect(await admin('GET /nowhere/at/all', '404')).toMatchObject({ error: { code: 'no-such-route' } })
      expect(await admin('DELETE /namespaces', framework === 'koa' ? '405' : '404')).toMatchObject({
        error: { code: 'no-such-route' },
      })
      expect(audit.events).toEqual([])
    })
  })

  describe('failed requests', () => {
    const asia = { key: 'asia', value: true }
    test.each<[request: Request, status: `${number}`, expected: string, body?: unknown]>([
      [`POST ${flags}`, '409', 'flag:created failure already-exists', fliptFlag],
      [`POST ${flags}`, '400', 'flag:created failure invalid-body', { key: 'a b', name: 'x' }],
      [`POST ${flags}`, '400', 'flag:created failure invalid-body', {}],
      [`POST ${flags}`, '400', 'flag:created failure invalid-body', [1, 2]],
      ['POST /namespaces/nowhere/flags', '404', 'flag:created failure not-found', fliptFlag],
      [`PUT ${flags}/nothing`, '404', 'flag:updated failure not-found', fliptFlag],
      [`PUT ${flags}/flipt`, '400', 'flag:updated failure invalid-body', { enabled: 'yes' }],
      [`DELETE ${flags}/nothing`, '404', 'flag:deleted failure not-found'],
      [`POST ${flags}/nothing/variants`, '404', 'variant:created failure not-found', { key: 'blue' }],
      [`POST ${flags}/flipt/variants`, '409', 'variant:created failure already-exists', { key: 'red' }],
      [`POST ${flags}/flipt/rules`, '400', 'rule:created failure unknown-reference', { segment_key: 'asia' }],
      [`POST ${flags}/flipt/rollouts`, '400', 'rollout:created failure invalid-body', { description: 'neither' }],
      [`POST ${flags}/flipt/rollouts`, '400', 'rollout:created failure unknown-reference', { segment: asia }],
      [`DELETE ${segments}/europe`, '409', 'segment:deleted failure in-use'],
      ['DELETE /namespaces/default', '409', 'namespace:deleted failure protected'],
      ['DELETE /namespaces/shop', '409', 'namespace:deleted failure not-empty'],
      ['POST /tokens', '409', 'token:created failure already-exists', { name: 'bootstrap', role: 'viewer' }],
      ['POST /tokens', '400', 'token:created failure invalid-body', { name: 'x', role: 'king' }],
      // A key with a slash in it is one key, not the path of another resource.
      ['PUT /namespaces/default%2Fflags%2Fflipt', '404', 'namespace:updated failure not-found', { name: 'x' }],
    ])('%s is answered with %s and recorded as %s', async (request, status, expected, body) => {
      const { audit, admin } = await serve()
      await admin(`POST ${flags}`, '201', fliptFlag)
      await admin(`POST ${flags}/flipt/variants`, '201', { key: 'red' })
      await admin(`POST ${segments}`, '201', { key: 'europe', name: 'Europe' })
      await admin(`POST ${flags}/flipt/rules`, '201', { segment_key: 'europe' })
      await admin('POST /namespaces', '201', { key: 'shop', name: 'Shop' })
      await admin('POST /namespaces/shop/flags', '201', fliptFlag)
      audit.clear()
      const answer = await admin(request, status, body)
      expect(answer.error).toMatchObject({ code: expected.split(' ').at(-1), message: expect.stringMatching(/\.$/) })
      expect(audit.events.map(outcome).filter((line) => !line.endsWith('attempted'))).toEqual([expected])
    })

    test('the answer to an invalid body lists all problems', async () => {
      const { admin } = await serve()
      const { error } = await admin(`POST ${flags}`, '400', { key: 'a b', enabled: 'yes' })
      expect(error.issues.map((issue: { readonly path: string }) => issue.path).toSorted()).toEqual(['enabled', 'key', 'name'])
    })

    test('a body that is not JSON is a recorded failure', async () => {
      const { audit, url, adminToken } = await serve()
      const headers = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' }
      const response = await fetch(`${url}/api/v1${flags}`, { method: 'POST', headers, body: '{"key":' })
      expect(response.status).toBe(400)
      expect(await response.json()).toMatchObject({ error: { code: expect.any(String) } })
      expect(audit.events.map(outcome)).toEqual(['flag:created failure status-400'])
    })
  })

  describe('permissions', () => {
    test('requests without a token are denied and recorded', async () => {
      const { audit, tourist } = await serve()
      await tourist.as()(`POST ${flags}`, '401', fliptFlag)
      await tourist.as('flags_wrong')(`DELETE ${flags}/flipt`, '401')
      await tourist.as()(`GET ${flags}`, '401')
      expect(audit.events.map(outcome)).toEqual(['flag:created denied unauthenticated', 'flag:deleted denied unauthenticated'])
      expect(audit.events[1]).toMatchObject({
        payload: null,
        target: { type: 'flag', id: 'flipt' },
        metadata: { actor: { authentication: 'none', ip: '127.0.0.1' } },
      })
    })

    test('a viewer can read only, and a deleted token is denied', async () => {
      const { audit, admin, tourist } = await serve()
      const token = await admin('POST /tokens', '201', { name: 'dashboard', role: 'viewer' })
      const viewer = tourist.as(token.secret)
      await viewer(`GET ${flags}`, '200')
      await viewer(`POST ${flags}`, '403', fliptFlag)
      await viewer(`PUT /tokens/${token.id}`, '403', { name: 'dashboard', role: 'admin' })
      expect(audit.events.slice(1).map(outcome)).toEqual(['flag:created denied forbidden', 'token:updated denied forbidden'])
      expect(audit.events[1]!.metadata.actor).toEqual({
        authentication: 'token',
        ip: '127.0.0.1',
        id: token.id,
        name: 'dashboard',
      })
      await admin(`DELETE /tokens/${token.id}`, '204')
      await viewer(`GET ${flags}`, '401')
    })

    test('a changed role applies at once', async () => {
      const { admin, tourist, audit } = await serve()
      const token = await admin('POST /tokens', '201', { name: 'dashboard', role: 'viewer' })
      await admin(`PUT /tokens/${token.id}`, '200', { name: 'dashboard', role: 'admin' })
      await tourist.as(token.secret)(`POST ${flags}`, '201', fliptFlag)
      expect(audit.events[1]!.changes).toEqual([{ path: '/role', from: 'viewer', to: 'admin' }])
    })

    test('a secret is shown once, and is never in the trail', async () => {
      const { audit, admin, adminToken } = await serve()
      const token = await admin('POST /tokens', '201', { name: 'dashboard', description: 'Shows flags', role: 'viewer' })
      expect(await admin(`GET /tokens/${token.id}`, '200')).not.toHaveProperty('secret')
      await admin(`PUT /tokens/${token.id}`, '200', { name: 'dashboard', role: 'viewer', secret: 'flags_mine' })
      await admin(`DELETE /tokens/${token.id}`, '204')
      expect(audit.events[0]!.payload).toEqual({ name: 'dashboard', description: 'Shows flags', role: 'viewer' })
      expect(audit.events[0]!.target).toEqual({ type: 'token', id: token.id })
      const trail = JSON.stringify(audit.events)
      for (const secret of [token.secret, adminToken, 'flags_mine']) expect(trail).not.toContain(secret)
    })
  })

  test('a fail-closed operation is not performed while it cannot be recorded', async () => {
    const journal = memoryJournal()
    let isDown = false
    const failing: Journal = {
      open: (options) => journal.open(options),
      append: (encoded) => (isDown ? Promise.reject(new Error('The disk is gone.')) : journal.append(encoded)),
      cursor: (name, options) => journal.cursor(name, options),
      status: () => journal.status(),
      close: () => journal.close(),
    }
    const { admin, audit } = await serve({ journal: failing })
    await admin('POST /namespaces', '201', { key: 'shop', name: 'Shop' })
    await audit.synced()
    isDown = true
    await admin('DELETE /namespaces/shop', '503')
    await admin('GET /namespaces/shop', '200')
    // A fail-open operation is performed: the service matters more than its record.
    await admin(`POST ${flags}`, '201', fliptFlag)
    isDown = false
    await audit.synced({ timeoutMs: 60_000 })
    await admin('DELETE /namespaces/shop', '204')
    expect(audit.stats()).toMatchObject({ rejected: 1, lost: 0 })
    await audit.close()
  })
})
