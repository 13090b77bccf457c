import { EventEmitter } from 'node:events'
import { APP_GUARD } from '@nestjs/core'
import {
  Body,
  Catch,
  ConflictException,
  Controller,
  Delete,
  ForbiddenException,
  Get,
  HttpException,
  Inject,
  Injectable,
  mixin,
  Module,
  NotFoundException,
  Param,
  Post,
  Scope,
  UnauthorizedException,
  UseFilters,
  UseGuards,
  UseInterceptors,
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type INestApplication,
  type MiddlewareConsumer,
  type NestInterceptor,
  type NestModule,
  type Type,
} from '@nestjs/common'
import { of, throwError, timeout, type Observable } from 'rxjs'
import { AuditModule, type AnyAudit, type AuditCallOptions } from '../../src/index.ts'
import { Audited } from './events.ts'
import { AnswersController } from './answers-controller.ts'
import { FlagService } from './flag-service.ts'
import { HostController, VersionOneController, VersionTwoController } from './routing-controllers.ts'
import { BillingController, FlagCrudController, UserCrudController } from './inheritance-controllers.ts'
import { ClosedController } from './closed-controller.ts'
import { LateController } from './late-controller.ts'
import { BehindController, bindMiddleware, BoundController, refuse, ShadowedController, useMiddleware } from './middleware.ts'

// An application with everything that stands between a request and its handler.

/** Sets the user of the request, as a strategy of Passport would. `blocked` stays anonymous. */
@Injectable()
export class TokenGuard implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest()
    const { authorization } = request.headers
    if (authorization === 'blocked') throw new UnauthorizedException()
    if (authorization) request.user = { id: authorization, password: 'secret' }
    return true
  }
}

@Injectable()
export class GlobalGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return context.switchToHttp().getRequest().headers['x-blocked'] === undefined
  }
}

class NobodyGuard implements CanActivate {
  canActivate(): boolean {
    return false
  }
}

class ForbiddingGuard implements CanActivate {
  async canActivate(): Promise<boolean> {
    throw new ForbiddenException('secret')
  }
}

class ThrottlingGuard implements CanActivate {
  canActivate(): boolean {
    throw new HttpException('secret', 429)
  }
}

/** Answers 404 to callers who may not see the resource. */
class HidingGuard implements CanActivate {
  async canActivate(): Promise<boolean> {
    throw new NotFoundException('secret')
  }
}

/** Fails with the error of another service, which is not an exception of Nest. */
class AskingGuard implements CanActivate {
  async canActivate(): Promise<boolean> {
    throw Object.assign(new Error('secret'), { status: 404 })
  }
}

/** As `AuthGuard('jwt')` of @nestjs/passport is made. */
function AuthGuard(): Type<CanActivate> {
  class MixinAuthGuard implements CanActivate {
    canActivate(): boolean {
      throw new UnauthorizedException('secret')
    }
  }
  return mixin(MixinAuthGuard)
}

/** Answers every request with 200, and says in the body that it was refused (buqiyuan/nest-admin). */
class AnsweringGuard implements CanActivate {
  async canActivate(): Promise<boolean> {
    throw new HttpException({ code: 11001, message: 'secret' }, 200)
  }
}

class LateObservableGuard implements CanActivate {
  async canActivate(): Promise<any> {
    return of(false)
  }
}

class BrokenGuard implements CanActivate {
  canActivate(): boolean {
    throw new RangeError('secret')
  }
}

const plainGuard: CanActivate = { canActivate: () => of(false) }

class TimeoutInterceptor implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(timeout({ first: 30, with: () => throwError(() => new ConflictException('too late')) }))
  }
}

class RefusingInterceptor implements NestInterceptor {
  intercept(): Observable<unknown> {
    throw new ConflictException()
  }
}

class CachingInterceptor implements NestInterceptor {
  intercept(): Observable<unknown> {
    return of({ cached: true })
  }
}

/** Answers with a fixed status, whatever was thrown. */
function answering(status: number): ExceptionFilter {
  @Catch()
  class AnsweringFilter implements ExceptionFilter {
    catch(_: unknown, host: ArgumentsHost): void {
      host.switchToHttp().getResponse().status(status).send('{}')
    }
  }
  return new AnsweringFilter()
}

@Controller('guarded')
class GuardedController {
  @Post('false/:key')
  @Audited('flag:created', { target: ({ request }) => request.params.key })
  @UseGuards(NobodyGuard)
  refused(): { key: string } {
    throw new Error('never')
  }

  @Post('throws')
  @UseGuards(ForbiddingGuard)
  @Audited('flag:created')
  forbidden(): { key: string } {
    throw new Error('never')
  }

  @Post('broken')
  @UseGuards(BrokenGuard)
  @Audited('flag:created')
  broken(): { key: string } {
    throw new Error('never')
  }

  @Post('plain')
  @UseGuards(plainGuard)
  @Audited('flag:created')
  plain(): { key: string } {
    throw new Error('never')
  }

  @Post('redirected')
  @UseGuards(NobodyGuard)
  @UseFilters(answering(302))
  @Audited('flag:created')
  redirected(): { key: string } {
    throw new Error('never')
  }
}

@Controller('guarded-by')
class GuardedByController {
  @Post('throttling')
  @UseGuards(ThrottlingGuard)
  @Audited('flag:created')
  throttled(): { key: string } {
    throw new Error('never')
  }

  @Post('hiding')
  @UseGuards(HidingGuard)
  @Audited('flag:created')
  hidden(): { key: string } {
    throw new Error('never')
  }

  @Post('answering')
  @UseGuards(AnsweringGuard)
  @Audited('flag:created')
  answered(): { key: string } {
    throw new Error('never')
  }

  @Post('asking')
  @UseGuards(AskingGuard)
  @Audited('flag:created')
  asked(): { key: string } {
    throw new Error('never')
  }

  @Post('mixin')
  @UseGuards(AuthGuard())
  @Audited('flag:created')
  mixedIn(): { key: string } {
    throw new Error('never')
  }

  @Post('late-observable')
  @UseGuards(LateObservableGuard)
  @Audited('flag:created')
  lateObservable(): { key: string } {
    throw new Error('never')
  }
}

@Controller('class-guarded')
@UseGuards(NobodyGuard)
class ClassGuardedController {
  @Delete()
  @Audited('flag:deleted', {})
  remove(): void {}
}

@Controller('intercepted')
class InterceptedController {
  @Post('timeout')
  @UseInterceptors(TimeoutInterceptor)
  @Audited('flag:created')
  async timeout(): Promise<{ key: string }> {
    await new Promise((resolve) => setTimeout(resolve, 100))
    return { key: 'late' }
  }

  @Post('refused')
  @UseInterceptors(RefusingInterceptor)
  @Audited('flag:created')
  refused(): { key: string } {
    return { key: 'never' }
  }

  @Get('cached')
  @UseInterceptors(CachingInterceptor)
  @Audited('flag:read', {})
  cached(): void {}

  @Post('filtered-ok')
  @UseFilters(answering(200))
  @Audited('flag:created')
  filteredOk(): { key: string } {
    throw new ConflictException()
  }

  @Post('filtered-gone')
  @UseFilters(answering(410))
  @Audited('flag:created')
  filteredGone(): { key: string } {
    throw new ConflictException()
  }
}

/** Runs in a context without the request, as callbacks of old libraries do. */
const elsewhere = new EventEmitter()
setInterval(() => elsewhere.emit('tick'), 5).unref()

@Controller()
class PlainController {
  @Delete('table/:key')
  untouched(): void {}

  @Post('exempt-by-table')
  exempt(): void {}

  @Post('refused-by-middleware/:key')
  @Audited('flag:created', { target: ({ request }) => request.params.key })
  refusedByMiddleware(): { key: string } {
    return { key: 'never' }
  }

  @Post('refused-by-use/:key')
  @Audited('flag:created', { target: ({ request }) => request.params.key })
  refusedByUse(): { key: string } {
    return { key: 'never' }
  }

  @Post('lost-context')
  @Audited('flag:created')
  lost(): { key: string } {
    return { key: 'lost' }
  }

  @Get('unaudited')
  unaudited(): string {
    return 'ok'
  }
}

/** Created for every request. */
@Controller({ path: 'scoped', scope: Scope.REQUEST })
class ScopedController {
  readonly #flags: FlagService

  constructor(@Inject(FlagService) flags: FlagService) {
    this.#flags = flags
  }

  @Post(':key')
  @Audited('flag:created')
  create(@Param('key') key: string, @Body() body: { key: string }): { key: string } {
    this.#flags.annotate({ reason: 'scoped' })
    return { key: key === body.key ? key : 'another' }
  }
}

function loseContext(request: any, _: unknown, next: () => void): void {
  if (String(request.originalUrl).includes('lost-context')) elsewhere.once('tick', next)
  else next()
}

/** The application, audited by `audit`. */
export function applicationOf(audit: AnyAudit, options: AuditCallOptions = {}): new () => object {
  @Module({
    imports: [
      AuditModule.forRoot({
        audit,
        routes: {
          'DELETE /api/table/:key': { name: 'flag:deleted', target: ({ request }) => request.params.key },
          'POST /api/exempt-by-table': { exempt: 'changes nothing' },
        },
        ...options,
      }),
    ],
    controllers: [
      AnswersController,
      GuardedController,
      GuardedByController,
      ClassGuardedController,
      InterceptedController,
      PlainController,
      ScopedController,
      VersionOneController,
      VersionTwoController,
      HostController,
      FlagCrudController,
      UserCrudController,
      BillingController,
      ClosedController,
      LateController,
      BehindController,
      BoundController,
      ShadowedController,
    ],
    providers: [FlagService, { provide: APP_GUARD, useClass: TokenGuard }],
  })
  class Application implements NestModule {
    configure(consumer: MiddlewareConsumer): void {
      bindMiddleware(consumer)
      consumer.apply(refuse('refused-by-middleware', 401), loseContext).forRoutes('*path')
    }
  }
  return Application
}

export function configure(app: INestApplication): void {
  app.use(refuse('refused-by-use', 403))
  useMiddleware(app)
  app.setGlobalPrefix('api')
  app.useGlobalGuards(new GlobalGuard())
}
