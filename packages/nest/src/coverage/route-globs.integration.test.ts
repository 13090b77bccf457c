import { Controller, Delete, Get, HttpCode, Module, Post } from '@nestjs/common'
import { auditRecorder } from '@audit/core/testing'
import { expect, onTestFinished, test } from 'vitest'
import { Audited, events } from '../../test/http/events.ts'
import { platforms, serve, type PlatformName } from '../../test/http/serve.ts'
import { auditCoverage, AuditModule, type AuditCallOptions } from '../index.ts'

@Controller('auth')
class AuthController {
  @Post('login')
  @HttpCode(204)
  login(): void {}
  @Post(':provider/callback')
  callback(): void {}
  @Delete('session')
  logout(): void {}
  @Get('session')
  session(): void {}
  @Post('marked')
  @Audited('flag:deleted')
  marked(): void {}
}

async function served(platform: PlatformName, routes: NonNullable<AuditCallOptions['routes']>) {
  const audit = auditRecorder({ events })
  @Module({ imports: [AuditModule.forRoot({ audit, routes })], controllers: [AuthController] })
  class App {}
  const application = await serve(App, platform)
  onTestFinished(() => application.app.close())
  return { audit, ...application }
}

test.each(platforms)('%s: a wildcard names the event of the routes that it matches, with its options', async (platform) => {
  const { audit, app, url } = await served(platform, {
    '* /auth/*path': { name: 'flag:created', target: ({ request }) => request.url, failMode: 'closed' },
    'DELETE /auth/session': 'flag:deleted',
  })
  const requests = [
    ['POST', 'login'],
    ['POST', 'a/callback'],
    ['DELETE', 'session'],
    ['GET', 'session'],
    ['POST', 'marked'],
  ] as const
  for (const [index, [method, path]] of requests.entries()) {
    await fetch(`${url}/auth/${path}`, { method })
    const ended = index < 3 ? index + 1 : index
    await expect.poll(() => audit.events.filter(({ status }) => status === 'success')).toHaveLength(ended)
  }
  expect(
    audit.events.map(({ action, status, metadata, target }) => [action, status, metadata.request?.route, target?.id]),
  ).toEqual([
    ['created', 'attempted', '/auth/login', '/auth/login'],
    ['created', 'success', '/auth/login', '/auth/login'],
    ['created', 'attempted', '/auth/:provider/callback', '/auth/a/callback'],
    ['created', 'success', '/auth/:provider/callback', '/auth/a/callback'],
    ['deleted', 'success', '/auth/session', undefined],
    ['deleted', 'success', '/auth/marked', undefined],
  ])
  expect((await auditCoverage(app)).isComplete).toBe(true)
})

test.each(platforms)('%s: two wildcards that name a route differently are an error at start', async (platform) => {
  await expect(served(platform, { '* /auth/*path': 'flag:created', 'POST /*path': 'flag:deleted' })).rejects.toMatchObject({
    code: 'AUDIT_INVALID_OPTIONS',
    problems: expect.arrayContaining([
      "routes: 'POST /auth/login' matches '* /auth/*path' and 'POST /*path', which differ. Give this route an entry of its own.",
    ]),
  })
})

test.each(platforms)('%s: a wildcard that matches no route makes the coverage incomplete', async (platform) => {
  const { app } = await served(platform, { '* /auth/*path': 'flag:created', '* /oauth{/*path}': 'flag:created' })
  expect((await auditCoverage(app)).unused).toEqual(['* /oauth{/*path}'])
})
