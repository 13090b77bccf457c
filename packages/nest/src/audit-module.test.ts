import 'reflect-metadata'
import { Controller, Delete, Get, Injectable, Module, Post, type DynamicModule } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { Test } from '@nestjs/testing'
import { memoryJournal, memorySink, type Audit } from '@audit/core'
import { auditRecorder, type AuditRecorder } from '@audit/core/testing'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { Audited, events, NotAudited } from '../test/http/events.ts'
import { AUDIT, auditCoverage, AuditModule, InjectAudit, type AuditModuleOptions, type AuditOptionsFactory } from './index.ts'
import { AuditTestingModule } from './testing/audit-testing-module.ts'

@Injectable()
class FlagService {
  readonly audit: Audit<typeof events>

  constructor(@InjectAudit() audit: Audit<typeof events>) {
    this.audit = audit
  }
}

@Module({ providers: [FlagService] })
class FlagModule {}

/** Options of an audit that the module creates. */
function ownOptions() {
  const sink = memorySink()
  const logger = { warn: () => undefined, error: () => undefined }
  return { sink, options: { service: 'flags', events, sinks: [sink], journal: memoryJournal(), logger } }
}

async function applicationOf(module: DynamicModule, ...others: readonly (new () => object)[]) {
  @Module({ imports: [module, ...others] })
  class App {}
  const app = await NestFactory.create(App, new ExpressAdapter(), { logger: false, abortOnError: false })
  onTestFinished(() => app.close())
  return app
}

describe('an audit that the module creates', () => {
  test('a created audit is injectable in every module, and closed with the application', async () => {
    const { sink, options } = ownOptions()
    const app = await applicationOf(AuditModule.forRoot(options), FlagModule)
    await app.init()
    const { audit } = app.get(FlagService, { strict: false })
    await audit.record('flag:created', { key: 'a' })
    await app.close()
    expect(sink.events.map(({ action }) => action)).toEqual(['opened', 'created', 'closed'])
    await expect(audit.record('flag:created', { key: 'b' })).rejects.toMatchObject({ code: 'AUDIT_CLOSED' })
  })

  test('an audit is created from the options that an asynchronous factory returns', async () => {
    @Injectable()
    class Factory implements AuditOptionsFactory {
      async createAuditOptions(): Promise<AuditModuleOptions> {
        return ownOptions().options
      }
    }
    @Module({ providers: [Factory], exports: [Factory] })
    class FactoryModule {}
    const ways = [
      AuditModule.forRootAsync({ useFactory: async () => ownOptions().options }),
      AuditModule.forRootAsync({ useClass: Factory }),
      AuditModule.forRootAsync({ imports: [FactoryModule], useExisting: Factory }),
      AuditModule.forRootAsync({
        imports: [FactoryModule],
        inject: [Factory],
        useFactory: (factory: Factory) => factory.createAuditOptions(),
      }),
    ]
    for (const way of ways) {
      const app = await applicationOf({ ...way }, FlagModule)
      await expect(app.get(FlagService, { strict: false }).audit.ready()).resolves.toBeUndefined()
    }
  })

  test('a function creates the sinks for each application, and a list serves one application only', async () => {
    const sinks: ReturnType<typeof memorySink>[] = []
    const { sink: _, options } = ownOptions()
    const module = AuditModule.forRootAsync({
      useFactory: () => ({ ...options, journal: memoryJournal(), sinks: () => [(sinks[sinks.length] = memorySink())] }),
    })
    for (const key of ['a', 'b']) {
      const app = await applicationOf({ ...module }, FlagModule)
      await app.init()
      await app.get(FlagService, { strict: false }).audit.record('flag:created', { key })
      await app.close()
    }
    expect(sinks.map(({ events: seen }) => seen.map(({ action }) => action))).toEqual([
      ['opened', 'created', 'closed'],
      ['opened', 'created', 'closed'],
    ])
    const again = { ...ownOptions().options, sinks: [{ sink: memorySink(), name: 'again' }] }
    await applicationOf(AuditModule.forRoot(again))
    await expect(applicationOf(AuditModule.forRoot({ ...again }))).rejects.toThrow('Give a function: () => […].')
  })

  test('an audit that is not global is injectable only in modules that import AuditModule', async () => {
    const { options } = ownOptions()
    await expect(applicationOf(AuditModule.forRoot({ ...options, isGlobal: false }), FlagModule)).rejects.toThrow(/FlagService/)
  })
})

test('an audit that the application created is flushed at shutdown and left open', async () => {
  const sink = memorySink()
  const audit = auditRecorder({ events, sinks: [sink] })
  const app = await applicationOf(AuditModule.forRoot({ audit }))
  await app.init()
  await audit.record('flag:created', { key: 'a' })
  await app.close()
  expect(sink.events.map(({ action }) => action)).toContain('created')
  expect(await audit.record('flag:created', { key: 'b' })).toMatchObject({ held: 'journal' })
  await audit.close()
})

describe('errors at start', () => {
  const audit = () => auditRecorder({ events })

  test('an event that is not in the catalog throws at start', async () => {
    @Controller()
    class FlagController {
      @Post()
      @Audited('flag:craeted' as 'flag:created')
      create(): { key: string } {
        return { key: '' }
      }
    }
    @Module({ controllers: [FlagController] })
    class Flags {}
    await expect(applicationOf(AuditModule.forRoot({ audit: audit() }), Flags)).rejects.toThrow(
      `FlagController.create: There is no event "flag:craeted". Did you mean 'flag:created'?`,
    )
  })

  test('a verb without a noun throws at start', async () => {
    @Controller()
    class CrudController {
      @Post()
      @Audited(':created')
      create(): void {}
    }
    @Module({ controllers: [CrudController] })
    class Flags {}
    await expect(applicationOf(AuditModule.forRoot({ audit: audit() }), Flags)).rejects.toThrow('CrudController has no noun')
  })

  test('an event on a class and an exemption without a reason throw', () => {
    expect(() => Audited('flag:created' as 'flag')(class {})).toThrow('is on a class')
    expect(() => NotAudited(' ')).toThrow('has no reason')
  })

  test('audit options next to an existing audit throw at start', async () => {
    const options = { audit: audit(), service: 'flags' } as AuditModuleOptions
    await expect(applicationOf(AuditModule.forRoot(options))).rejects.toThrow('Give them to createAudit(): service.')
  })

  test('sinks that are not a list throw at start', async () => {
    const options = { ...ownOptions().options, sinks: memorySink() } as unknown as AuditModuleOptions
    await expect(applicationOf(AuditModule.forRoot(options))).rejects.toThrow('sinks: give a list')
  })

  test('a factory that returns nothing throws at start', async () => {
    const module = AuditModule.forRootAsync({ useFactory: () => undefined as never })
    await expect(applicationOf(module)).rejects.toThrow('a factory that returns them')
  })

  test('a second import of the module throws at start', async () => {
    @Module({ imports: [AuditModule.forRoot({ audit: audit(), tenant: () => 'other' })] })
    class Other {}
    const app = await applicationOf(AuditModule.forRoot({ audit: audit() }), Other)
    await expect(app.init()).rejects.toThrow('imported twice')
  })

  test('a wrong route table throws at start', async () => {
    const routes = { 'DELETE flags': 'flag:deleted' }
    await expect(applicationOf(AuditModule.forRoot({ audit: audit(), routes }))).rejects.toThrow(
      "routes['DELETE flags']: is not a route",
    )
  })
})

describe('the coverage report', () => {
  @Controller('flags')
  class FlagController {
    @Get()
    list(): void {}

    @Post()
    @Audited('flag:created')
    create(): { key: string } {
      return { key: 'a' }
    }

    @Delete(':key')
    remove(): void {}

    @Post('preview')
    @NotAudited('changes nothing')
    preview(): void {}
  }
  @Module({ controllers: [FlagController] })
  class Flags {}

  test('the coverage report marks a route without a decorator as MISSING', async () => {
    const app = await applicationOf(AuditModule.forRoot({ audit: auditRecorder({ events }) }), Flags)
    app.setGlobalPrefix('api')
    const report = await auditCoverage(app)
    expect(report.missing).toEqual([{ method: 'DELETE', route: '/api/flags/:key', handler: 'FlagController.remove' }])
    expect(String(report)).toBe(
      [
        'method  route               handler                 recorded as',
        'GET     /api/flags          FlagController.list     -',
        'POST    /api/flags          FlagController.create   flag:created',
        'POST    /api/flags/preview  FlagController.preview  not audited: changes nothing',
        'DELETE  /api/flags/:key     FlagController.remove   MISSING',
      ].join('\n'),
    )
    expect((await auditCoverage(app, { reads: true })).missing).toHaveLength(2)
  })

  test('the coverage report includes the route table, and names its entries that match no route', async () => {
    const routes = { 'DELETE /flags/:key': 'flag:deleted', 'PUT /flagz': 'flag:updated' }
    const app = await applicationOf(AuditModule.forRoot({ audit: auditRecorder({ events }), routes }), Flags)
    const report = await auditCoverage(app)
    expect(report.missing).toEqual([])
    expect(report.unused).toEqual(['PUT /flagz'])
    expect(report.isComplete).toBe(false)
  })
})

test('AuditTestingModule provides an audit to the modules of a test', async () => {
  const module = await Test.createTestingModule({ imports: [AuditTestingModule.forRoot({ events }), FlagModule] }).compile()
  onTestFinished(() => module.close())
  await module.get(FlagService, { strict: false }).audit.record('flag:created', { key: 'a' })
  expect(module.get<AuditRecorder>(AUDIT).events).toMatchObject([{ payload: { key: 'a' } }])
})

test('the audit of an application can be overridden in its tests', async () => {
  const audit = auditRecorder({ events })
  @Module({ imports: [AuditModule.forRoot(ownOptions().options), FlagModule] })
  class App {}
  const module = await Test.createTestingModule({ imports: [App] })
    .overrideProvider(AUDIT)
    .useValue(audit)
    .compile()
  const app = module.createNestApplication(new ExpressAdapter())
  await app.init()
  onTestFinished(() => app.close())
  expect(module.get(FlagService, { strict: false }).audit).toBe(audit)
})

test('a warning is logged if shutdown hooks are off', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout'] })
  const said: string[] = []
  const before = process.listeners('SIGTERM')
  process.removeAllListeners('SIGTERM')
  onTestFinished(() => {
    vi.useRealTimers()
    for (const listener of before) process.on('SIGTERM', listener)
  })
  @Module({ imports: [AuditModule.forRoot({ audit: auditRecorder({ events }) })] })
  class App {}
  const logger = { log: () => undefined, error: () => undefined, warn: (message: string) => void said.push(message) }
  const app = await NestFactory.create(App, new ExpressAdapter(), { logger })
  onTestFinished(() => app.close())
  await app.init()
  vi.advanceTimersByTime(1_000)
  expect(said).toEqual([expect.stringContaining('Call app.enableShutdownHooks()')])
  app.enableShutdownHooks()
})
