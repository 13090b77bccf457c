import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, request as send, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { AuditEvent } from '@audit/core'
import { auditRecorder } from '@audit/core/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { applicationOf, events, routes } from '../test/application.ts'
import { cases, type Case } from '../test/cases.ts'
import { load, testedRange, versionOf, versions, type Versions } from '../test/versions.ts'

test.each(['@koa/router', 'koa-router'])('the supported versions of %s in package.json are the tested ones', (router) => {
  const { peerDependencies } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    readonly peerDependencies: Readonly<Record<string, string>>
  }
  expect(peerDependencies[router]).toBe(testedRange(router))
})

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

  test('the loaded versions are the named ones', () => {
    expect(versionOf(koa)).toMatch(koa === 'koa2' ? /^2\./ : /^3\./)
    expect(router).toBe(`${router.replace(/-[\d.]+$/, '')}-${versionOf(router)}`)
  })

  test.each(cases.map((one) => [one[0], one] as const))('%s', async (_, one) => {
    const [, , status, expected] = one
    const id = `request-${Math.random()}`
    expect([status].flat()).toContain((await answer(port, one, id)) ?? status)
    const recorded = () => audit.events.filter(({ metadata }) => metadata.request?.id === id)
    await expect.poll(() => recorded().map(text)).toEqual(expected)
    // No event follows, and of an error only its kind is recorded.
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

function text({ type, action, status, reason, metadata, target, payload, invalid }: AuditEvent): string {
  const why = reason ? ` (${reason})` : ''
  const on = target ? ` on ${target.id}` : ''
  const what = payload === null && !invalid ? '' : `: ${JSON.stringify(invalid ? null : payload)}`
  return `${type}:${action} ${status}${why} by ${metadata.actor.id ?? 'anonymous'}${on}${what}`
}

/** Resolves with the status when the whole response has arrived; undefined if it did not arrive. */
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
