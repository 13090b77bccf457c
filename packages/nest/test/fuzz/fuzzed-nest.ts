import type { AddressInfo } from 'node:net'
import type { Audit } from '@audit/core'
import { fuzzEvents, type FuzzLedger, type FuzzPlatform, type StageAnswers } from '@audit/core/testing/adapter'
import {
  Controller,
  Delete,
  Get,
  HttpException,
  Injectable,
  Inject,
  Module,
  Param,
  Post,
  Req,
  Res,
  StreamableFile,
  UseGuards,
  UseInterceptors,
  type CallHandler,
  type CanActivate,
  type ExecutionContext,
  type MiddlewareConsumer,
  type NestInterceptor,
  type Type,
} from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { from, lastValueFrom, type Observable } from 'rxjs'
import { AuditModule, auditDecorators, type AnyAudit, type CallSource } from '../../src/index.ts'
import type { PlatformName } from '../http/serve.ts'

// The application of the fuzz: `early` is a middleware of the server, `auth` one of Nest, and the rest has classes.

const LEDGER = Symbol('ledger')
const { Audited, NotAudited } = auditDecorators<typeof fuzzEvents>()
const key = { target: ({ request }: CallSource) => request.params.key as string | undefined, payload: undefined as never }

@Injectable()
class FuzzGuard implements CanActivate {
  constructor(@Inject(LEDGER) readonly ledger: FuzzLedger) {}

  canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp()
    return this.ledger.passes('guard', idOf(http.getRequest()), answersOf(http.getResponse()))
  }
}

@Injectable()
class AroundInterceptor implements NestInterceptor {
  constructor(@Inject(LEDGER) readonly ledger: FuzzLedger) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp()
    return from(this.ledger.around(idOf(http.getRequest()), () => lastValueFrom(next.handle()), answersOf(http.getResponse())))
  }
}

@Injectable()
class QueueInterceptor implements NestInterceptor {
  constructor(@Inject(LEDGER) readonly ledger: FuzzLedger) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return from(this.ledger.queued(idOf(context.switchToHttp().getRequest()), () => lastValueFrom(next.handle())))
  }
}

@Controller()
@UseGuards(FuzzGuard)
@UseInterceptors(AroundInterceptor, QueueInterceptor)
class FuzzController {
  readonly #ledger: FuzzLedger
  readonly #audit: Audit<any>

  constructor(@Inject(LEDGER) ledger: FuzzLedger, @Inject('AUDIT_OF_FUZZ') audit: Audit<any>) {
    this.#ledger = ledger
    this.#audit = audit
  }

  @Get('flags/mine')
  mine(@Req() request: any, @Res({ passthrough: true }) response: any): Promise<any> {
    return this.#handle(request, response)
  }

  @Post('flags/search')
  search(@Req() request: any, @Res({ passthrough: true }) response: any): Promise<any> {
    return this.#handle(request, response)
  }

  @Post('flags/:key')
  @Audited('flag:created', key)
  create(@Req() request: any, @Res({ passthrough: true }) response: any, @Param('key') id: string): Promise<any> {
    return this.#handle(request, response, id)
  }

  @Get('flags/:key')
  @Audited('flag:read', key)
  read(@Param('key') id: string, @Req() request: any, @Res({ passthrough: true }) response: any): Promise<any> {
    return this.#handle(request, response, id)
  }

  @Delete('flags/:key')
  @Audited('flag:purged', key)
  purge(@Req() request: any, @Res({ passthrough: true }) response: any, @Param('key') id: string): Promise<any> {
    return this.#handle(request, response, id)
  }

  @Get('exports/:key')
  @Audited('flag:exported', key)
  export(@Req() request: any, @Param('key') id: string): StreamableFile {
    return new StreamableFile(this.#ledger.stream(idOf(request), id))
  }

  @Post('preview/:key')
  @NotAudited('changes nothing')
  preview(@Req() request: any, @Res({ passthrough: true }) response: any, @Param('key') id: string): Promise<any> {
    return this.#handle(request, response, id)
  }

  @Post('api/v1/items/:key')
  @Audited('item:created', key)
  createItem(@Req() request: any, @Res({ passthrough: true }) response: any, @Param('key') id: string): Promise<any> {
    return this.#handle(request, response, id)
  }

  #handle(request: any, response: any, id = ''): Promise<unknown> {
    const event = this.#ledger.entryOf(idOf(request)).plan.route!.event
    return this.#ledger.handle(idOf(request), id, {
      throws: (status) => {
        throw new HttpException('secret', status)
      },
      answers: (status) => void response.status(status),
      redirects: () => void response.status(302).header('location', '/login'),
      denies: async () => event && this.#audit.denied(event as never, { reason: 'locked' }),
      records: async (operation) => event && this.#audit.record(event as never, operation as never),
      atRequestEnd: (callback) => callback(),
      signsOut: () => void ((request.raw ?? request).user = undefined),
    })
  }
}

/** Nest on one of its platforms, as the fuzz drives it. */
export function fuzzedNest(platform: PlatformName): FuzzPlatform {
  return {
    name: platform,
    hasGuardClasses: true,
    cannot: [
      // A guard of Nest has a result, and no answer of its own.
      'guard answers',
      'guard redirects',
      // There is no request to ask for its audit outside of the asynchronous context.
      'records-at-request-end',
      // Fastify has routed a request before any middleware sees it.
      ...(platform === 'fastify' ? (['rewritten'] as const) : []),
    ],
    async start(audit, ledger) {
      const adapter = platform === 'express' ? new ExpressAdapter() : new FastifyAdapter()
      const app = await NestFactory.create(applicationOf(audit, ledger), adapter as ExpressAdapter, {
        logger: false,
        abortOnError: false,
      })
      app.use(early(ledger))
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

function applicationOf(audit: AnyAudit, ledger: FuzzLedger): Type {
  @Module({
    imports: [AuditModule.forRoot({ audit })],
    controllers: [FuzzController],
    providers: [
      { provide: LEDGER, useValue: ledger },
      { provide: 'AUDIT_OF_FUZZ', useValue: audit },
    ],
  })
  class FuzzApplication {
    configure(consumer: MiddlewareConsumer): void {
      consumer.apply(auth(ledger)).forRoutes(FuzzController)
    }
  }
  return FuzzApplication
}

type Next = (error?: unknown) => void

function early(ledger: FuzzLedger) {
  return (request: any, response: any, next: Next): Promise<void> => {
    request.url = request.url.replace(/^(http:\/\/[^/]*)?\/v9/, '$1')
    return passOn(() => ledger.passes('early', idOf(request), answersOf(response)), next)
  }
}

function auth(ledger: FuzzLedger) {
  return (request: any, response: any, next: Next): Promise<void> =>
    passOn(async () => {
      const passes = await ledger.passes('auth', idOf(request), answersOf(response))
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

/** For middleware, which has the bare response on both platforms. */
function answersOf(response: any): StageAnswers {
  const raw = response.raw ?? response
  return {
    throws: (status) => {
      throw new HttpException('secret', status)
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
