import { setTimeout as wait } from 'node:timers/promises'
import { Body, Controller, Injectable, Module, Post, UseGuards, type CanActivate, type ExecutionContext } from '@nestjs/common'
import { auditRecorder } from '@audit/core/testing'
import { expect, onTestFinished, test } from 'vitest'
import { Audited, events } from '../../test/http/events.ts'
import { platforms, serve } from '../../test/http/serve.ts'
import { AuditModule } from '../index.ts'

const REQUESTS = 1_000
const USERS = 50

/** Up to 20 ms, computed from the number of the request, so that the order of requests changes at every step. */
const pause = (at: number, step: number) => wait(((at * 7_919 * step) % 1_009) / 50)

/** Sets the user after a delay, and refuses one request in seven. */
@Injectable()
class SlowGuard implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest()
    const at = Number(request.headers['x-at'])
    await pause(at, 1)
    request.user = { authentication: 'jwt', id: `user-${at % USERS}` }
    return at % 7 !== 0
  }
}

@Controller()
@UseGuards(SlowGuard)
class SlowController {
  @Post()
  @Audited('flag:created')
  async create(@Body() { key }: { key: string }): Promise<{ key: string }> {
    await pause(Number(key), 2)
    return { key }
  }
}

test.each(platforms)('%s: each event of 1,000 concurrent requests has its own user, id and payload', async (platform) => {
  const audit = auditRecorder({ events })
  @Module({ imports: [AuditModule.forRoot({ audit })], controllers: [SlowController], providers: [SlowGuard] })
  class App {}
  const { app, url } = await serve(App, platform)
  onTestFinished(() => app.close())
  const statuses = await Promise.all(
    Array.from({ length: REQUESTS }, async (_, at) => {
      const headers = { 'x-at': String(at), 'x-request-id': `r-${at}`, 'content-type': 'application/json' }
      const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ key: String(at) }) })
      await response.arrayBuffer()
      return response.status
    }),
  )
  await expect.poll(() => audit.events).toHaveLength(REQUESTS)
  const byRequest = new Map(audit.events.map((event) => [event.metadata.request!.id, event]))
  expect(byRequest.size).toBe(REQUESTS)
  for (const [at, status] of statuses.entries()) {
    const isDenied = at % 7 === 0
    expect(status).toBe(isDenied ? 403 : 201)
    expect(byRequest.get(`r-${at}`)).toMatchObject({
      status: isDenied ? 'denied' : 'success',
      payload: isDenied ? null : { key: String(at) },
      metadata: { actor: { id: `user-${at % USERS}` } },
    })
  }
})
