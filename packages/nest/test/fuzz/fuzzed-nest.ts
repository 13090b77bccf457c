import type { AddressInfo } from 'node:net'
import {
  fuzzRoutes,
  type FuzzLedger,
  type FuzzPlatform,
  type FuzzRoute,
  type HandlerAnswers,
  type StageAnswers,
} from '@audit/core/testing/adapter'
import type { CallHandler, DynamicModule, ExecutionContext, MiddlewareConsumer, NestInterceptor, Type } from '@nestjs/common'
import type { AbstractHttpAdapter } from '@nestjs/core'

// The application of the fuzz: `early` is a middleware of the server, `auth` is one of Nest, and all other stages are classes. This
// file has no decorator syntax and imports no framework, so that Node can run it directly, with any version of Nest.

/** One version of Nest on one platform, and the adapter that was loaded with it. */
export interface NestVersion {
  readonly name: string
  readonly platform: 'express' | 'fastify'
  readonly common: typeof import('@nestjs/common')
  readonly core: typeof import('@nestjs/core')
  readonly rxjs: typeof import('rxjs')
  readonly adapter: () => AbstractHttpAdapter
  readonly nest: {
    readonly AuditModule: { forRoot(options: { readonly audit: any }): DynamicModule }
    auditDecorators(): any
  }
}

/** Drives Nest on one of its platforms for the fuzz. */
export function fuzzedNest(version: NestVersion): FuzzPlatform {
  return {
    name: version.name,
    hasGuardClasses: true,
    cannot: [
      // A guard of Nest returns a result and cannot answer itself.
      'guard answers',
      'guard redirects',
      // Outside of the asynchronous context the audit cannot be reached through the request.
      'records-at-request-end',
      // Fastify routes a request before any middleware runs.
      ...(version.platform === 'fastify' ? (['rewritten'] as const) : []),
    ],
    async start(audit, ledger) {
      const app = await version.core.NestFactory.create(applicationOf(version, audit, ledger), version.adapter(), {
        logger: false,
        abortOnError: false,
      })
      app.use(early(version, ledger))
      await app.listen(0, '127.0.0.1')
      const server = app.getHttpServer() as { address(): AddressInfo; closeAllConnections(): void }
      const close = () => {
        server.closeAllConnections()
        return app.close()
      }
      return { port: server.address().port, close }
    },
  }
}

function applicationOf(version: NestVersion, audit: any, ledger: FuzzLedger): Type {
  const { common, nest } = version
  const controller = controllerOf(version, audit, ledger)
  class FuzzApplication {
    configure(consumer: MiddlewareConsumer): void {
      consumer.apply(auth(version, ledger)).forRoutes(controller)
    }
  }
  common.Module({ imports: [nest.AuditModule.forRoot({ audit })], controllers: [controller] })(FuzzApplication)
  return FuzzApplication
}

function controllerOf(version: NestVersion, audit: any, ledger: FuzzLedger): Type {
  const { common, nest } = version
  const { Audited, NotAudited } = nest.auditDecorators()
  const target = ({ request }: any) => request.params.key as string | undefined
  const parameters = [common.Req(), common.Res({ passthrough: true }), common.Param('key')]
  class FuzzController {}
  for (const { method, pattern, event, kind } of fuzzRoutes) {
    const name = `${method} ${pattern}`
    const value = kind === 'stream' ? streams() : handles()
    Object.defineProperty(FuzzController.prototype, name, { value, writable: true, configurable: true })
    const descriptor = Object.getOwnPropertyDescriptor(FuzzController.prototype, name)!
    common.RequestMapping({ path: pattern, method: common.RequestMethod[method as 'GET'] })(
      FuzzController.prototype,
      name,
      descriptor,
    )
    if (event !== undefined) Audited(event, { target })(FuzzController.prototype, name, descriptor)
    if (kind === 'not-audited') NotAudited('changes nothing')(FuzzController.prototype, name, descriptor)
    for (const [at, parameter] of parameters.entries()) parameter(FuzzController.prototype, name, at)
  }
  common.UseInterceptors(around(version, ledger), queue(version, ledger))(FuzzController)
  common.UseGuards(guard(version, ledger))(FuzzController)
  common.Controller()(FuzzController)
  return FuzzController

  // Each route has its own function.
  function handles() {
    return (request: any, response: any, key = ''): Promise<unknown> => {
      const route = ledger.entryOf(idOf(request)).plan.route!
      return ledger.handle(idOf(request), key, handlerAnswersOf(route, request, response))
    }
  }

  function streams() {
    return (request: any, _response: unknown, key: string) => new common.StreamableFile(ledger.stream(idOf(request), key))
  }

  function handlerAnswersOf({ event }: FuzzRoute, request: any, response: any): HandlerAnswers {
    return {
      throws: (status) => {
        throw new common.HttpException('secret', status)
      },
      answers: (status) => void response.status(status),
      redirects: () => void response.status(302).header('location', '/login'),
      denies: async () => event && audit.denied(event, { reason: 'locked' }),
      records: async (operation) => event && audit.record(event, operation),
      atRequestEnd: (callback) => callback(),
      signsOut: () => void ((request.raw ?? request).user = undefined),
    }
  }
}

function guard(version: NestVersion, ledger: FuzzLedger): Type {
  class FuzzGuard {
    canActivate(context: ExecutionContext): Promise<boolean> {
      const http = context.switchToHttp()
      return ledger.passes('guard', idOf(http.getRequest()), answersOf(version, http.getResponse()))
    }
  }
  version.common.Injectable()(FuzzGuard)
  return FuzzGuard
}

function around(version: NestVersion, ledger: FuzzLedger): NestInterceptor {
  const { from, lastValueFrom } = version.rxjs
  return {
    intercept(context: ExecutionContext, next: CallHandler) {
      const http = context.switchToHttp()
      const answers = answersOf(version, http.getResponse())
      return from(ledger.around(idOf(http.getRequest()), () => lastValueFrom(next.handle()), answers))
    },
  }
}

function queue({ rxjs: { from, lastValueFrom } }: NestVersion, ledger: FuzzLedger): NestInterceptor {
  return {
    intercept: (context: ExecutionContext, next: CallHandler) =>
      from(ledger.queued(idOf(context.switchToHttp().getRequest()), () => lastValueFrom(next.handle()))),
  }
}

type Next = (error?: unknown) => void

function early(version: NestVersion, ledger: FuzzLedger) {
  return (request: any, response: any, next: Next): Promise<void> => {
    request.url = request.url.replace(/^(http:\/\/[^/]*)?\/v9/, '$1')
    return passOn(() => ledger.passes('early', idOf(request), answersOf(version, response)), next)
  }
}

function auth(version: NestVersion, ledger: FuzzLedger) {
  return (request: any, response: any, next: Next): Promise<void> =>
    passOn(async () => {
      const passes = await ledger.passes('auth', idOf(request), answersOf(version, response))
      const { authorization } = request.headers
      if (passes && authorization) request.user = { authentication: 'token', id: authorization }
      return passes
    }, next)
}

async function passOn(stage: () => Promise<boolean>, next: Next): Promise<void> {
  let passes: boolean
  try {
    passes = await stage()
  } catch (error) {
    return next(error)
  }
  if (passes) next()
}

function idOf(request: any): string {
  return request.headers['x-request-id']
}

/** Answers of middleware, which receives Node's response on both platforms. */
function answersOf({ common }: NestVersion, response: any): StageAnswers {
  const raw = response.raw ?? response
  return {
    throws: (status) => {
      throw new common.HttpException('secret', status)
    },
    answers(status) {
      raw.statusCode = status
      raw.end()
    },
    redirects() {
      raw.statusCode = 302
      raw.setHeader('location', '/login')
      raw.end()
    },
  }
}
