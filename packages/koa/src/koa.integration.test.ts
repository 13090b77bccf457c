import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, request as send, type IncomingMessage, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { AuditEvent } from '@audit/core'
import { auditRecorder } from '@audit/core/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { applicationOf, events, routes } from '../test/application.ts'
import { cases, type Case } from '../test/cases.ts'
import type { Versions } from '../test/versions.ts'

const require = createRequire(import.meta.url)

/** Every supported Koa with every supported router; they have the same shape, and no types of their own. */
function load(name: string): any {
  const loaded = require(name) as { readonly default?: unknown }
  return loaded.default ?? loaded
}
const versions = ['koa', 'koa2'].flatMap((koa) => ['@koa/router', 'router14', 'router13'].map((router) => [koa, router] as const))

describe.each(versions)('%s with %s', (koa, router) => {
  const audit = auditRecorder({ events })
  let server: Server
  let port: number

  beforeAll(async () => {
    const app = applicationOf(audit, { Koa: load(koa), Router: load(router) } satisfies Versions)
    server = createServer(app.callback()).listen(0, '127.0.0.1')
    await once(server, 'listening')
    port = (server.address() as AddressInfo).port
  })

  afterAll(() => void server?.close())

  test('are the versions they say', () => {
    expect(majorOf(koa)).toBe(koa === 'koa2' ? 2 : 3)
    expect(majorOf(router)).toBe(router === '@koa/router' ? 15 : Number(router.slice(-2)))
  })

  test.each(cases.map((one) => [one[0], one] as const))('%s', async (_, one) => {
    const [, , status, expected] = one
    const id = `request-${Math.random()}`
    expect(await answer(port, one, id)).toBe(typeof status === 'number' ? status : undefined)
    const recorded = () => audit.events.filter(({ metadata }) => metadata.request?.id === id)
    await expect.poll(() => recorded().map(text)).toEqual(expected)
    // Nothing comes after, and of what was thrown nothing is told but its kind.
    await wait(5)
    expect(recorded()).toHaveLength(expected.length)
    expect(JSON.stringify(recorded())).not.toContain('secret')
    for (const { metadata } of recorded()) {
      expect(metadata.actor.ip).toBe('127.0.0.1')
      expect(metadata.request!.route).toMatch(/^\/\w/)
      expect(metadata.request!.route).not.toMatch(/\/[a-g]$/)
    }
  })
})

function majorOf(name: string): number {
  const path = new URL(`../node_modules/${name}/package.json`, import.meta.url)
  return Number.parseInt((JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version, 10)
}

function text({ type, action, status, reason, metadata, target, payload, invalid }: AuditEvent): string {
  const why = reason ? ` (${reason})` : ''
  const on = target ? ` on ${target.id}` : ''
  const what = payload === null && !invalid ? '' : `: ${JSON.stringify(invalid ? null : payload)}`
  return `${type}:${action} ${status}${why} by ${metadata.actor.id ?? 'nobody'}${on}${what}`
}

/** The status of the answer, once all of it is there; undefined if it did not come to that. */
async function answer(port: number, [, sent, status, , authorization = 'ada']: Case, id: string): Promise<number | undefined> {
  const [method, path] = sent.split(' ')
  const begun = status === 'hangs up in the route' && once(routes, 'slow')
  const request = send({ port, method, path, headers: { 'x-request-id': id, authorization }, agent: false }).end()
  if (begun) {
    request.on('error', () => undefined)
    await begun
    request.destroy()
    return undefined
  }
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  if (status === 'hangs up in the answer') {
    response.on('error', () => undefined)
    await once(response, 'data')
    response.destroy()
    return undefined
  }
  response.resume()
  if (status === 'breaks') {
    // Koa 2 leaves the connection open.
    const ended = new Promise((resolve) => response.on('error', resolve).on('close', resolve))
    await Promise.race([ended, wait(100)])
    response.destroy()
    return undefined
  }
  await once(response, 'end')
  return response.statusCode
}
