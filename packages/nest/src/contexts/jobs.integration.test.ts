import 'reflect-metadata'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { Controller, Inject, Injectable, Module, Post, type DynamicModule } from '@nestjs/common'
import { BullModule, getQueueToken, Processor, WorkerHost } from '@nestjs/bullmq'
import { NestFactory } from '@nestjs/core'
import { EventEmitter2, EventEmitterModule, OnEvent } from '@nestjs/event-emitter'
import { ExpressAdapter } from '@nestjs/platform-express'
import { Cron, ScheduleModule } from '@nestjs/schedule'
import { defineEvents, type Audit } from '@audit/core'
import { auditRecorder, type AuditRecorder } from '@audit/core/testing'
import type { Job, Queue } from 'bullmq'
import { ClsModule, ClsService } from 'nestjs-cls'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { AUDIT, AuditModule, auditDecorators } from '../index.ts'

const events = defineEvents({ report: { sent: z.object({ to: z.string() }) }, mail: { sent: z.object({ to: z.string() }) } })
const { Audited } = auditDecorators<typeof events>()

type Provider = new (...args: any[]) => object

async function serve(providers: readonly Provider[], imports: readonly DynamicModule[], controllers: readonly Provider[] = []) {
  const audit = auditRecorder({ events })
  @Module({ imports: [...imports, AuditModule.forRoot({ audit })], providers: [...providers], controllers: [...controllers] })
  class App {}
  const app = await NestFactory.create(App, new ExpressAdapter(), { logger: false })
  await app.listen(0, '127.0.0.1')
  onTestFinished(() => app.close())
  return { audit, app, url: `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}` }
}

const seen = (audit: AuditRecorder<any>) =>
  audit.events.map(({ type, status, reason, metadata }) => ({
    type,
    status,
    reason,
    id: metadata.actor.id,
    restored: metadata.restored,
  }))

test('the actor of a scheduled method is the system', async () => {
  let runs = 0
  @Injectable()
  class Reports {
    @Cron('* * * * * *')
    @Audited('report:sent')
    async send(): Promise<{ to: string }> {
      if (runs++ > 0) throw new TypeError('secret')
      return { to: 'ada' }
    }
  }
  const { audit } = await serve([Reports], [ScheduleModule.forRoot()])
  await expect.poll(() => audit.events.length).toBeGreaterThan(1)
  expect(seen(audit).slice(0, 2)).toEqual([
    { type: 'report', status: 'success', id: 'test' },
    { type: 'report', status: 'failure', reason: 'TypeError', id: 'test' },
  ])
})

test('the actor of an event listener or a service is the user of the request, also with ClsModule', async () => {
  @Injectable()
  class Mails {
    readonly cls: ClsService

    constructor(@Inject(ClsService) cls: ClsService) {
      this.cls = cls
    }

    @OnEvent('mail')
    @Audited('mail:sent')
    async send(to: string): Promise<{ to: string }> {
      return { to: `${to} of ${this.cls.get('tenant')}` }
    }
  }
  @Controller()
  class MailController {
    constructor(
      @Inject(EventEmitter2) readonly emitter: EventEmitter2,
      @Inject(Mails) readonly mails: Mails,
      @Inject(ClsService) readonly cls: ClsService,
    ) {}

    @Post()
    async post(): Promise<void> {
      this.cls.set('tenant', 'acme')
      await this.emitter.emitAsync('mail', 'event')
      await this.mails.send('service')
    }
  }
  const cls = ClsModule.forRoot({ global: true, middleware: { mount: true } })
  const { audit, app, url } = await serve([Mails], [cls, EventEmitterModule.forRoot()], [MailController])
  app.get(AuditModule)
  await fetch(url, { method: 'POST', headers: { 'x-request-id': 'r-1' } })
  await expect.poll(() => audit.events).toHaveLength(2)
  expect(audit.events.map(({ payload }) => payload)).toEqual([{ to: 'event of acme' }, { to: 'service of acme' }])
  expect(audit.events.map(({ metadata }) => metadata.request?.id)).toEqual(['r-1', 'r-1'])
})

const hasRedis = spawnSync('redis-server', ['--version']).status === 0

test.skipIf(!hasRedis && process.env['CI'] !== 'true')(
  'the actor of a BullMQ job is the one in its snapshot (needs redis-server)',
  async () => {
    const connection = { host: '127.0.0.1', port: await startRedis() }
    @Processor('reports')
    class ReportProcessor extends WorkerHost {
      @Audited('report:sent')
      async process(job: Job<{ to: string }>): Promise<{ to: string }> {
        if (job.data.to === 'unknown') throw new RangeError('secret')
        return { to: job.data.to }
      }
    }
    const queues = [BullModule.forRoot({ connection }), BullModule.registerQueue({ name: 'reports' })]
    const { audit, app } = await serve([ReportProcessor], queues)
    const queue = app.get<Queue>(getQueueToken('reports'))
    const snapshot = app.get<Audit>(AUDIT).run({ actor: { authentication: 'jwt', id: 'ada' } }, () => audit.snapshot())
    await queue.add('report', { to: 'ada', audit: snapshot })
    await queue.add('report', { to: 'unknown' })
    await expect.poll(() => audit.events).toHaveLength(2)
    expect(seen(audit)).toEqual([
      { type: 'report', status: 'success', id: 'ada', restored: true },
      { type: 'report', status: 'failure', reason: 'RangeError', id: 'test' },
    ])
  },
)

async function startRedis(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  const server = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', tmpdir()])
  onTestFinished(async () => {
    server.kill()
    await once(server, 'exit')
  })
  for await (const chunk of server.stdout) if (String(chunk).includes('Ready to accept')) break
  return port
}
