import { EventEmitter, once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import {
  Controller,
  Module,
  Param,
  Post,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common'
import { auditRecorder } from '@audit/core/testing'
import { from, lastValueFrom, type Observable } from 'rxjs'
import { expect, onTestFinished, test } from 'vitest'
import { Audited, events } from '../../test/http/events.ts'
import { platforms, serve } from '../../test/http/serve.ts'
import { AuditModule } from '../index.ts'

const waiting: (() => void)[] = []
let isBusy = false

function runNext(): void {
  const next = waiting.shift()
  isBusy = next !== undefined
  next?.()
}

/** A queue that runs one handler at a time, each in the asynchronous context of the request before. */
class QueueInterceptor implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return from(
      new Promise((resolve, reject) => {
        waiting.push(() => void lastValueFrom(next.handle()).then(resolve, reject).finally(runNext))
        if (!isBusy) runNext()
      }),
    )
  }
}

/** Runs handlers in batches, all in the context of the last request. */
class BatchInterceptor implements NestInterceptor {
  static batch: (() => void)[] = []

  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return from(
      new Promise((resolve, reject) => {
        BatchInterceptor.batch.push(() => void lastValueFrom(next.handle()).then(resolve, reject))
        if (BatchInterceptor.batch.length === 3) for (const run of BatchInterceptor.batch.splice(0)) run()
      }),
    )
  }
}

@Controller()
class QueuedController {
  @Post('queue/:by')
  @UseInterceptors(QueueInterceptor)
  @Audited('flag:created')
  async queued(@Param('by') key: string): Promise<{ key: string }> {
    await wait(5)
    return { key }
  }

  @Post('batch/:by')
  @UseInterceptors(BatchInterceptor)
  @Audited('flag:created')
  async batched(@Param('by') key: string): Promise<{ key: string }> {
    await wait(5)
    return { key }
  }

  @Post('queue-of-table/:by')
  @UseInterceptors(QueueInterceptor)
  async inTable(@Param('by') key: string): Promise<{ key: string }> {
    await wait(5)
    return { key }
  }
}

for (const platform of platforms) {
  test.each(['queue', 'batch', 'queue-of-table'])(
    `${platform}: handlers behind a %s are each recorded for their own request (#15)`,
    async (path) => {
      const audit = auditRecorder({ events })
      const actor = ({ request }: { request: any }) => ({ authentication: 'token', id: request.headers['x-user'] as string })
      const routes = { 'POST /queue-of-table/:by': 'flag:created' }
      @Module({ imports: [AuditModule.forRoot({ audit, actor, routes })], controllers: [QueuedController] })
      class App {}
      const { app, url } = await serve(App, platform)
      onTestFinished(() => app.close())
      const users = ['u1', 'u2', 'u3']
      const post = async (user: string) =>
        (await fetch(`${url}/${path}/${user}`, { method: 'POST', headers: { 'x-user': user } })).status
      expect(await Promise.all(users.map(post))).toEqual([201, 201, 201])
      await expect.poll(() => audit.events).toHaveLength(3)
      const recorded = audit.events.map(({ status, metadata, payload }) => [status, metadata.actor.id, payload])
      expect(recorded.toSorted()).toEqual(users.map((user) => ['success', user, { key: user }]))
    },
  )
}

/** Emits `begun` when the handler has begun. The event `end` lets the handler end. */
const endless = new EventEmitter()

@Controller()
class EndlessController {
  @Post()
  @Audited('flag:deleted')
  async run(): Promise<void> {
    endless.emit('begun')
    await once(endless, 'end')
  }
}

test.each(platforms)(
  '%s: a handler that is still running when the audit is closed is recorded as abandoned',
  async (platform) => {
    const audit = auditRecorder({ events })
    @Module({ imports: [AuditModule.forRoot({ audit })], controllers: [EndlessController] })
    class App {}
    const { app, url } = await serve(App, platform)
    const begun = once(endless, 'begun')
    const answer = fetch(url, { method: 'POST' })
    await begun
    await audit.close()
    expect(audit.events.map(({ status, reason }) => [status, reason])).toEqual([['failure', 'abandoned']])
    endless.emit('end')
    await answer
    await app.close()
  },
)

@Controller()
class UnansweredController {
  @Post()
  @Audited('flag:created', { payload: () => new Promise<never>(() => undefined) })
  create(): void {}
}

test.each(platforms)(
  '%s: an event that waits for its payload when the audit is closed is recorded without it',
  async (platform) => {
    const audit = auditRecorder({ events, maxWaitMs: 600_000 })
    @Module({ imports: [AuditModule.forRoot({ audit })], controllers: [UnansweredController] })
    class App {}
    const { app, url } = await serve(App, platform)
    expect((await fetch(url, { method: 'POST' })).status).toBe(201)
    await app.close()
    await audit.close()
    expect(audit.events.map(({ status, payload }) => [status, payload])).toEqual([['success', null]])
  },
)
