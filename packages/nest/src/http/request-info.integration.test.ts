import { Controller, Module, Post, Req, UseGuards, type INestApplication } from '@nestjs/common'
import { context, trace, type Context, type ContextManager } from '@opentelemetry/api'
import { auditRecorder } from '@audit/core/testing'
import { expect, onTestFinished, test } from 'vitest'
import { Audited, events } from '../../test/http/events.ts'
import { platforms, serve, type PlatformName } from '../../test/http/serve.ts'
import { AuditModule, type AuditCallOptions } from '../index.ts'

@Controller('flags')
class FlagController {
  @Post(':key')
  @Audited('flag:created')
  create(): { key: string } {
    return { key: 'a' }
  }
}

async function recordedOf(
  platform: PlatformName,
  headers: Record<string, string>,
  options: AuditCallOptions = {},
  configure?: (app: INestApplication) => void,
) {
  const audit = auditRecorder({ events })
  @Module({ imports: [AuditModule.forRoot({ audit, ...options })], controllers: [FlagController] })
  class App {}
  const { app, url } = await serve(App, platform, configure)
  onTestFinished(() => app.close())
  await fetch(`${url}/flags/secret`, { method: 'POST', headers })
  await expect.poll(() => audit.events).toHaveLength(1)
  return audit.events[0]!.metadata
}

test.each(platforms)('%s: records the pattern of the route, never the path', async (platform) => {
  const { request, actor } = await recordedOf(platform, { 'x-request-id': 'r-1' })
  expect(request).toEqual({ id: 'r-1', method: 'POST', route: '/flags/:key', ip: '127.0.0.1' })
  expect(actor).toEqual({ authentication: 'none', ip: '127.0.0.1' })
})

test.each(platforms)('%s: records the method by which the route was found, even if the handler changes it', async (platform) => {
  const audit = auditRecorder({ events })
  @Controller()
  class ChangingController {
    @Post()
    @Audited('flag:deleted')
    change(@Req() request: { readonly raw?: { method: string }; method: string }): void {
      const bare = request.raw ?? request
      bare.method = 'GET'
    }
  }
  @Module({ imports: [AuditModule.forRoot({ audit })], controllers: [ChangingController] })
  class App {}
  const { app, url } = await serve(App, platform)
  onTestFinished(() => app.close())
  await fetch(url, { method: 'POST' })
  await expect.poll(() => audit.events.map(({ metadata }) => metadata.request?.method)).toEqual(['POST'])
})

test.each(platforms)('%s: replaces an invalid request id', async (platform) => {
  const { request } = await recordedOf(platform, { 'x-request-id': 'two words' })
  expect(request!.id).toMatch(/^[0-9a-f]{8}-/)
})

test.each(platforms)('%s: records the request id, the tenant and the actor that the options return', async (platform) => {
  const options: AuditCallOptions = {
    requestId: (request) => request.headers['x-other'],
    tenant: ({ request }) => request?.headers['x-tenant'],
    actor: ({ type }) => ({ authentication: type, id: 'ada' }),
  }
  const { request, tenant, actor } = await recordedOf(platform, { 'x-other': 'o-1', 'x-tenant': 'acme' }, options)
  expect([request!.id, tenant, actor]).toEqual(['o-1', 'acme', { authentication: 'http', id: 'ada', ip: '127.0.0.1' }])
})

test.each(platforms)('%s: records the user agent only if the option asks for it', async (platform) => {
  const headers = { 'user-agent': 'bot/1 (+https://ada:secret@bot.example)' }
  expect((await recordedOf(platform, headers)).request).not.toHaveProperty('userAgent')
  const { userAgent } = (await recordedOf(platform, headers, { userAgent: true })).request!
  expect(userAgent).toMatch(/^bot/)
  expect(userAgent).not.toContain('secret')
})

test.each(platforms)('%s: records a forwarded address only if the application trusts the proxy', async (platform) => {
  const forwarded = { 'x-forwarded-for': '192.0.2.7' }
  expect((await recordedOf(platform, forwarded)).request).toMatchObject({ ip: '127.0.0.1' })
})

test('express: records the forwarded address of a trusted proxy, and the address of the socket', async () => {
  const trust = (app: INestApplication) => app.getHttpAdapter().getInstance().set('trust proxy', 'loopback')
  const { request, actor } = await recordedOf('express', { 'x-forwarded-for': '192.0.2.7' }, {}, trust)
  expect(request).toMatchObject({ ip: '192.0.2.7', socketIp: '127.0.0.1' })
  expect(actor.ip).toBe('192.0.2.7')
})

test.each(platforms)('%s: records the trace of the headers, or the active trace', async (platform) => {
  const [traceId, spanId] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331']
  const headers = { traceparent: `00-${traceId}-${spanId}-01` }
  expect((await recordedOf(platform, headers)).trace).toEqual({ traceId, spanId })

  const active = trace.setSpanContext(context.active(), { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 })
  context.setGlobalContextManager(always(active))
  onTestFinished(() => context.disable())
  expect((await recordedOf(platform, headers)).trace).toEqual({ traceId: '1'.repeat(32), spanId: '2'.repeat(16) })
})

function always(active: Context): ContextManager {
  const manager = { active: () => active, disable: () => manager, enable: () => manager } as unknown as ContextManager
  return manager
}

test('fastify: requests of inject() are recorded like others, including denials', async () => {
  const audit = auditRecorder({ events })
  @Controller()
  class RefusedController {
    @Post()
    @UseGuards({ canActivate: () => false })
    @Audited('flag:deleted', {})
    refused(): void {}
  }
  @Module({ imports: [AuditModule.forRoot({ audit })], controllers: [FlagController, RefusedController] })
  class App {}
  const { app } = await serve(App, 'fastify')
  onTestFinished(() => app.close())
  const inject = (url: string) => app.getHttpAdapter().getInstance().inject({ method: 'POST', url })
  expect([(await inject('/flags/a')).statusCode, (await inject('/')).statusCode]).toEqual([201, 403])
  await expect.poll(() => audit.events).toHaveLength(2)
  expect(audit.events.map(({ status, reason }) => [status, reason])).toEqual([
    ['success', undefined],
    ['denied', 'forbidden'],
  ])
})

test.each(platforms)('%s: limits and counts a flood of anonymous denials', async (platform) => {
  const audit = auditRecorder({ events, denials: { anonymousPerMinute: 5 } })
  @Module({ imports: [AuditModule.forRoot({ audit })], controllers: [FlagController] })
  class App {}
  const { app, url } = await serve(App, platform, (one) =>
    one.use((_request: unknown, response: { statusCode: number; end(): void }) => {
      response.statusCode = 401
      response.end()
    }),
  )
  onTestFinished(() => app.close())
  await Promise.all(Array.from({ length: 50 }, () => fetch(`${url}/flags/a`, { method: 'POST' })))
  await expect.poll(() => audit.stats()).toMatchObject({ suppressed: 45, submitted: 5 })
})
