import type { Audit } from '@audit/core'
import { actorOfUser, internalsOf, parseRouteTable, type CoverageOptions, CoverageReport } from '@audit/core/adapter'
import {
  ConfigurableModuleBuilder,
  Inject,
  Module,
  type ConfigurableModuleCls,
  type NestModule,
  type OnApplicationBootstrap,
  type OnModuleInit,
} from '@nestjs/common'
import { ApplicationConfig, HttpAdapterHost, ModuleRef, ModulesContainer } from '@nestjs/core'
import { auditOf, type AuditModuleOptions } from './audit-module-options.ts'
import type { AuditBinding } from './calls/audit-binding.ts'
import { userOf } from './calls/call-source.ts'
import { connectContexts } from './contexts/connect-contexts.ts'
import { coverageOf } from './coverage/coverage-of.ts'
import { connectHttp } from './http/connect-http.ts'
import type { Platform } from './http/platform.ts'
import { wrapRouteHandlers } from './http/route-handler.ts'
import { AUDIT } from './inject-audit.ts'
import { AuditShutdown } from './shutdown.ts'

const OPTIONS: unique symbol = Symbol('@audit/nest.options')

interface Extras {
  /** Default true: every module may inject the audit. */
  readonly isGlobal?: boolean
}

const Configurable: ConfigurableModuleCls<AuditModuleOptions, 'forRoot', 'createAuditOptions', Extras> =
  new ConfigurableModuleBuilder<AuditModuleOptions>({ optionsInjectionToken: OPTIONS })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createAuditOptions')
    .setExtras<Extras>({ isGlobal: true }, (definition, { isGlobal }) => ({ ...definition, global: isGlobal ?? true }))
    .build().ConfigurableModuleClass

/**
 * Audits a Nest application. `forRoot()` takes the options of an audit, which the module creates and closes with the application,
 * or `{ audit }`, an existing one, which stays open. `forRootAsync()` takes a factory of either. Import it once, in the root module.
 */
@Module({ providers: [{ provide: AUDIT, inject: [OPTIONS], useFactory: auditOf }, AuditShutdown], exports: [AUDIT] })
export class AuditModule extends Configurable implements NestModule, OnModuleInit, OnApplicationBootstrap {
  readonly #connectContexts: () => void
  readonly #connectHttp: () => Platform
  readonly #checkRoutes: () => void
  /** Used by `auditCoverage(app)`. */
  readonly coverage: (options: CoverageOptions) => CoverageReport
  #platform: Platform | undefined

  /** Runs when every controller is known and no route is registered yet. */
  constructor(
    @Inject(AUDIT) audit: Audit,
    @Inject(OPTIONS) options: AuditModuleOptions,
    @Inject(ModulesContainer) modules: ModulesContainer,
    @Inject(ApplicationConfig) config: ApplicationConfig,
    @Inject(HttpAdapterHost) host: HttpAdapterHost,
    @Inject(ModuleRef) moduleRef: ModuleRef,
  ) {
    super()
    const { actor = (source) => actorOfUser(userOf(source)), tenant, requestId, userAgent = false, routes = {}, system } = options
    const table = parseRouteTable(routes, audit)
    const binding: AuditBinding = {
      audit,
      actor,
      tenant,
      userAgent,
      requestId,
      system: system ?? { authentication: 'none', type: 'system', id: internalsOf(audit).service },
      get: (token) => moduleRef.get(token, { strict: false }),
    }
    this.#connectContexts = () => connectContexts(modules, config, binding)
    this.#connectHttp = () => connectHttp(host.httpAdapter, binding, table)
    this.#checkRoutes = () => {
      for (const route of this.#platform?.routes() ?? []) for (const method of route.methods) route.markFor(method)
      table.check()
    }
    this.coverage = (given) => {
      const rows = [...coverageOf(this.#platform, modules)]
      table.check()
      return new CoverageReport(rows, table.unused(), given)
    }
    wrapRouteHandlers(modules, audit)
    this.#connectContexts()
  }

  /** Nest calls this after the adapter is ready and before it registers routes. */
  configure(): void {
    this.#platform = this.#connectHttp()
    this.#connectContexts()
  }

  /** Throws if two wildcards of the table name a route differently. */
  onModuleInit(): void {
    this.#platform?.connectRoutes?.()
    this.#checkRoutes()
  }

  /** Connects also what factories have created, and what the application was given, since `configure()`. */
  onApplicationBootstrap(): void {
    this.#connectContexts()
  }
}
