import 'reflect-metadata'
import { Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { HealthCheckService, TerminusModule } from '@nestjs/terminus'
import { memoryJournal, type Journal } from '@audit/core'
import { auditRecorder } from '@audit/core/testing'
import { expect, onTestFinished, test } from 'vitest'
import { events } from '../../test/http/events.ts'
import { AuditModule } from '../index.ts'
import { AuditHealthIndicator } from './audit-health-indicator.ts'

async function application(journal: Journal = memoryJournal()) {
  const audit = auditRecorder({ events, journal, maxWaitMs: 20, queue: { maxEvents: 10 } })
  @Module({
    imports: [TerminusModule.forRoot({ logger: false }), AuditModule.forRoot({ audit })],
    providers: [AuditHealthIndicator],
  })
  class App {}
  const app = await NestFactory.createApplicationContext(App, { logger: false })
  onTestFinished(() => app.close())
  await audit.ready()
  const health = app.get(HealthCheckService, { strict: false })
  return { audit, check: () => health.check([async () => app.get(AuditHealthIndicator).isHealthy()]) }
}

test('the health indicator reports up while no event is lost', async () => {
  const { check } = await application()
  expect(await check()).toMatchObject({ status: 'ok', details: { audit: { status: 'up', trail: 'ok', problems: [], lost: 0 } } })
})

test('the health indicator reports down when events are lost', async () => {
  const journal = memoryJournal()
  const { audit, check } = await application(journal)
  journal.append = () => Promise.reject(new Error('EIO'))
  for (let at = 0; at < 20; at++) void audit.record('flag:created', { key: String(at) })
  await expect.poll(() => audit.stats().lost).toBeGreaterThan(0)
  await expect(check()).rejects.toMatchObject({
    response: { status: 'error', error: { audit: { status: 'down', trail: 'failing' } } },
  })
})
