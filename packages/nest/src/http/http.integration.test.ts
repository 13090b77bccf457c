import { once } from 'node:events'
import { request as send, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { VersioningType, type INestApplication } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import type { AuditEvent } from '@audit/core'
import { auditRecorder } from '@audit/core/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { applicationOf, configure } from '../../test/http/application.ts'
import type { Case } from '../../test/http/case.ts'
import { handlers } from '../../test/http/answers-controller.ts'
import { answersCases } from '../../test/http/answers-cases.ts'
import { lateCases } from '../../test/http/late-cases.ts'
import { middlewareCases } from '../../test/http/middleware-cases.ts'
import { refusalsCases } from '../../test/http/refusals-cases.ts'
import { routingCases } from '../../test/http/routing-cases.ts'
import { events } from '../../test/http/events.ts'

const cases = [...answersCases, ...lateCases, ...refusalsCases, ...middlewareCases, ...routingCases]
const adapters = { express: () => new ExpressAdapter(), fastify: () => new FastifyAdapter() as never }

for (const platform of ['express', 'fastify'] as const) {
  describe(platform, () => {
    const said: string[] = []
    const warn = (message: string) => void (message.startsWith('The journal is') || said.push(message))
    const audit = auditRecorder({ events, logger: { warn, error: warn } })
    let app: INestApplication
    let port: number

    beforeAll(async () => {
      app = await NestFactory.create(applicationOf(audit), adapters[platform](), { logger: false })
      app.enableVersioning({ type: VersioningType.HEADER, header: 'x-version' })
      configure(app)
      await app.listen(0, '127.0.0.1')
      port = (app.getHttpServer().address() as AddressInfo).port
    })

    afterAll(() => app?.close())

    for (const one of cases.filter(({ only }) => !only || only === platform)) {
      test(one.name, async () => {
        const id = `request-${Math.random()}`
        expect(await answer(port, one, id)).toBe(one.status)
        const recorded = () => audit.events.filter(({ metadata }) => metadata.request?.id === id)
        await expect.poll(() => recorded().map(text)).toEqual(one.events)
        // No event follows, and of an error only its kind is recorded.
        await wait(10)
        expect(recorded()).toHaveLength(one.events.length)
        expect(JSON.stringify(recorded())).not.toContain('secret')
        for (const { metadata } of recorded()) expect(metadata.request?.route).toMatch(/^\/api\//)
      })
    }
  })
}

function text({ type, action, status, response, reason, metadata, target, payload }: AuditEvent): string {
  const answered = response ? `, answered ${[response.status, response.error?.kind].filter(Boolean).join(' ')}` : ''
  const why = reason ? ` (${reason})` : ''
  const on = target ? ` on ${target.id}` : ''
  return `${type}:${action} ${status}${answered}${why} by ${metadata.actor.id ?? 'anonymous'}${on}${payload === null ? '' : `: ${JSON.stringify(payload)}`}`
}

/** Resolves with the status when the whole response has arrived; undefined if the client disconnected. */
async function answer(port: number, one: Case, id: string): Promise<number | undefined> {
  const [method, path] = one.send.split(' ')
  const body = one.body === undefined ? undefined : typeof one.body === 'string' ? one.body : JSON.stringify(one.body)
  const headers = {
    'x-request-id': id,
    ...(body && { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
    ...one.headers,
  }
  const begun = one.hangsUp && once(handlers, 'slow')
  const request = send({ port, method, path: `/api${path}`, headers, agent: false }).end(body)
  if (one.hangsUp === 'in the handler') {
    request.on('error', () => undefined)
    await begun
    request.destroy()
    return undefined
  }
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  if (one.hangsUp) {
    response.on('error', () => undefined)
    await once(response, 'data')
    response.destroy()
    return undefined
  }
  response.resume()
  await once(response, 'end')
  return response.statusCode
}
