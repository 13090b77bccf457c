import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Controller, Patch } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import type { AuditEvent } from '@audit/core'
import { auditRecorder } from '@audit/core/testing'
import '@audit/core/testing/vitest'
import { auditCoverage as auditKoaCoverage } from '@audit/koa'
import { auditCoverage } from '@audit/nest'
import { expect, onTestFinished, test } from 'vitest'
import { events } from './audit-events.ts'
import { createDomain } from './domain.ts'
import { createKoaService } from './koa/service.ts'
import { createNestService, moduleOf } from './nest/service.ts'
import { createService, type Framework } from './service.ts'
import { tour } from './tour.ts'
import { createTourist } from './tourist.ts'

/** The result of the tour, without parts that differ in each run: ids, times, and the refusing party. */
async function trailOf(framework: Framework) {
  const audit = auditRecorder({ events })
  const { answer, adminToken, stop } = await createService(framework, audit)
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    server.close()
    await stop()
    await audit.close()
  })
  const tourist = createTourist(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  await tour(tourist, adminToken)
  const outcomes = audit.events.filter(({ status }) => status !== 'attempted')
  await expect.poll(() => outcomes).toHaveLength(tourist.expected.length)
  const drawn = new Map<string, string>()
  return JSON.parse(
    JSON.stringify(audit.events.map(lasting)).replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, (id) => {
      drawn.set(id, drawn.get(id) ?? `drawn-${drawn.size}`)
      return drawn.get(id)!
    }),
  ) as readonly object[]
}

function lasting({ type, action, status, reason, error, target, payload, changes, metadata }: AuditEvent) {
  const { method, route } = metadata.request!
  const why = status === 'denied' ? error?.status : reason
  return { name: `${type}:${action}`, status, why, target, payload, changes, actor: metadata.actor, method, route }
}

test('the tour leaves the same trail with Koa and with NestJS', async () => {
  const byKoa = await trailOf('koa')
  expect(byKoa.length).toBeGreaterThan(30)
  expect(await trailOf('nest')).toEqual(byKoa)
})

test('with Koa every route is covered, and a new route without an event is reported', () => {
  const { router } = createKoaService(auditRecorder({ events }))
  expect(auditKoaCoverage(router)).toBeComplete()
  router.patch('/flags', () => undefined)
  expect(auditKoaCoverage(router).missing).toEqual([{ method: 'PATCH', route: '/api/v1/flags' }])
})

test('with NestJS every route is covered, and a new route without an event is reported', async () => {
  const audit = auditRecorder({ events })
  const { app, stop } = await createNestService(audit)
  onTestFinished(stop)
  expect(await auditCoverage(app)).toBeComplete()

  @Controller('flags')
  class ForgottenController {
    @Patch()
    change(): void {}
  }
  const module = moduleOf(audit, createDomain(), [ForgottenController])
  const careless = await NestFactory.create(module, new ExpressAdapter(), { logger: false })
  onTestFinished(() => careless.close())
  const { missing } = await auditCoverage(careless)
  expect(missing).toEqual([{ method: 'PATCH', route: '/flags', handler: 'ForgottenController.change' }])
})
