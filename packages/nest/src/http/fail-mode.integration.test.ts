import { Module } from '@nestjs/common'
import { memoryJournal, type Journal } from '@audit/core'
import { auditRecorder } from '@audit/core/testing'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { ClosedController } from '../../test/http/closed-controller.ts'
import { AnswersController } from '../../test/http/answers-controller.ts'
import { events } from '../../test/http/events.ts'
import { FlagService } from '../../test/http/flag-service.ts'
import { platforms, serve, type PlatformName } from '../../test/http/serve.ts'
import { AuditModule } from '../index.ts'

/** A journal whose disk can be removed. */
function failingJournal(): Journal & { isDown: boolean; readonly written: string[] } {
  const journal = memoryJournal()
  const take = journal.append.bind(journal)
  const written: string[] = []
  const append: Journal['append'] = async (batch) => {
    if (failing.isDown) throw new Error('EIO')
    await take(batch)
    written.push(...batch.map(({ head }) => `${head}}`))
  }
  const failing = Object.assign(journal, { append, written, isDown: false })
  return failing
}

async function application(platform: PlatformName) {
  const journal = failingJournal()
  const audit = auditRecorder({ events, journal, maxWaitMs: 100, queue: { maxEvents: 10 } })
  @Module({
    imports: [AuditModule.forRoot({ audit })],
    controllers: [ClosedController, AnswersController],
    providers: [FlagService],
  })
  class App {}
  const { app, url } = await serve(App, platform)
  onTestFinished(async () => {
    await app.close()
    await audit.close()
  })
  await audit.ready()
  await audit.synced()
  const post = async (path: string) => {
    const body = JSON.stringify({ key: 'a' })
    const response = await fetch(`${url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    return { status: response.status, text: await response.text() }
  }
  const written = () => journal.written.map((line) => JSON.parse(line)).filter(({ type }) => type === 'flag')
  return { audit, journal, post, written }
}

beforeEach(() => void (ClosedController.calls = 0))

test.each(platforms)(
  '%s: answers 503 to a fail-closed event while the journal is down, and does not run the handler',
  async (platform) => {
    const { audit, journal, post, written } = await application(platform)
    journal.isDown = true
    const { status, text } = await post('/closed/returns')
    expect(status).toBe(503)
    expect(text).toContain('cannot be audited')
    expect(ClosedController.calls).toBe(0)
    expect(audit.stats()).toMatchObject({ rejected: 1, recorded: 0 })
    journal.isDown = false
    await audit.synced({ timeoutMs: 60_000 })
    // An attempt that was cancelled in time is not recorded. One that was already being written has an outcome.
    expect(written().map(({ status: said, reason }) => [said, reason])).toEqual(
      written().length === 0
        ? []
        : [
            ['attempted', undefined],
            ['failure', 'AUDIT_NOT_CONFIRMED'],
          ],
    )
    expect(await post('/closed/returns')).toMatchObject({ status: 201 })
    expect(ClosedController.calls).toBe(1)
  },
)

test.each(platforms)(
  '%s: a fail-open request succeeds while the journal is down, and the loss is counted and recorded later',
  async (platform) => {
    const { audit, journal, post } = await application(platform)
    journal.isDown = true
    const answers = await Promise.all(Array.from({ length: 30 }, () => post('/returns')))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]))
    await expect.poll(() => audit.stats().submitted).toBe(30)
    const { lost } = audit.stats()
    expect(lost).toBeGreaterThan(0)
    journal.isDown = false
    await expect.poll(() => audit.stats()).toMatchObject({ waiting: 0, recorded: 30 - lost })
    const told = () => {
      const facts = journal.written.map((line) => JSON.parse(line)).filter(({ action }) => action === 'lost')
      return facts.reduce((sum, { payload }) => sum + payload.count, 0)
    }
    await expect.poll(() => told()).toBe(lost)
  },
)
