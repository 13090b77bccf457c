import { Controller, Injectable, Module, Post, UseGuards, type CanActivate } from '@nestjs/common'
import { auditRecorder } from '@audit/core/testing'
import { expect, onTestFinished, test } from 'vitest'
import { events } from '../../test/http/events.ts'
import { platforms, serve } from '../../test/http/serve.ts'
import { AuditModule } from '../audit-module.ts'
import { auditDecorators } from '../decorators/audit-decorators.ts'

const { Audited } = auditDecorators<typeof events>()

/** Refuses, each request when the test says so. */
@Injectable()
class SlowGuard implements CanActivate {
  static waiting: (() => void)[] = []
  async canActivate(): Promise<boolean> {
    await new Promise<void>((resolve) => SlowGuard.waiting.push(resolve))
    return false
  }
}

@Controller()
class FlagsController {
  @Post('/flags')
  @UseGuards(SlowGuard)
  @Audited('flag:created', { payload: 'annotated' })
  create(): void {}
}

test.each(platforms)('%s: a guard that refuses after a timeout has answered adds no second event', async (platform) => {
  SlowGuard.waiting = []
  const audit = auditRecorder({ events })
  @Module({ imports: [AuditModule.forRoot({ audit })], controllers: [FlagsController], providers: [SlowGuard] })
  class App {}
  const { app, url } = await serve(App, platform, (given) =>
    given.use(({ headers }: any, response: any, next: () => void) => {
      next()
      if (headers['x-timeout']) setImmediate(() => Object.assign(response, { statusCode: 503 }).end('too late'))
    }),
  )
  onTestFinished(() => app.close())
  const reasons = () => audit.events.map(({ status, reason }) => `${status} ${reason}`)

  await fetch(`${url}/flags`, { method: 'POST', headers: { 'x-timeout': '1' } })
  await expect.poll(reasons).toEqual(['failure status-503'])
  await expect.poll(() => SlowGuard.waiting).toHaveLength(1)
  SlowGuard.waiting.pop()!()

  // An event of the first request would come before that of the second.
  const second = fetch(`${url}/flags`, { method: 'POST' })
  await expect.poll(() => SlowGuard.waiting).toHaveLength(1)
  SlowGuard.waiting.pop()!()
  await second
  await expect.poll(() => reasons().at(-1)).toBe('denied SlowGuard')
  expect(reasons()).toEqual(['failure status-503', 'denied SlowGuard'])
})
