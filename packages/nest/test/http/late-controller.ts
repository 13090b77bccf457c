import { setTimeout as wait } from 'node:timers/promises'
import {
  Controller,
  Delete,
  ForbiddenException,
  Get,
  HttpCode,
  Inject,
  Post,
  Put,
  Req,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common'
import { defer, firstValueFrom, from, map, retry, tap, throwError, timer, type Observable } from 'rxjs'
import { Audited } from './events.ts'
import { FlagService } from './flag-service.ts'

// Steps after the handler has done its operation, or while it still runs.

class OwnerInterceptor implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      tap(() => {
        throw new ForbiddenException('secret')
      }),
    )
  }
}

/** Answers after a delay, while the handler continues. */
class ImpatientInterceptor implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    const late = timer(20).pipe(map(() => throwError(() => new ForbiddenException('secret'))))
    return from(Promise.race([firstValueFrom(next.handle()), firstValueFrom(late).then((error) => firstValueFrom(error))]))
  }
}

/** Changes the result of the handler, as serializers do. */
class ChangingInterceptor implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(tap((result: { key: string }) => void (result.key = 'changed')))
  }
}

class RetryInterceptor implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(retry(2))
  }
}

@Controller('late')
export class LateController {
  readonly #flags: FlagService

  constructor(@Inject(FlagService) flags: FlagService) {
    this.#flags = flags
  }

  @Delete('forbidden')
  @UseInterceptors(OwnerInterceptor)
  @Audited('flag:deleted')
  forbidden(): void {}

  @Post('third-time')
  @UseInterceptors(RetryInterceptor)
  @Audited('flag:created')
  async thirdTime(@Req() request: { tries?: number }): Promise<{ key: string }> {
    return this.#thirdTime(request)
  }

  @Post('third-time-closed')
  @UseInterceptors(RetryInterceptor)
  @Audited('flag:created', { failMode: 'closed' })
  async thirdTimeClosed(@Req() request: { tries?: number }): Promise<{ key: string }> {
    return this.#thirdTime(request)
  }

  async #thirdTime(request: { tries?: number }): Promise<{ key: string }> {
    request.tries = (request.tries ?? 0) + 1
    await wait(1)
    if (request.tries < 3) throw new RangeError('secret')
    return { key: String(request.tries) }
  }

  @Post('never')
  @UseInterceptors(RetryInterceptor)
  @Audited('flag:created')
  async neverDone(): Promise<{ key: string }> {
    throw new ForbiddenException('secret')
  }

  @Delete('closed-forbidden')
  @UseInterceptors(OwnerInterceptor)
  @Audited('flag:deleted', { failMode: 'closed' })
  closedForbidden(): void {}

  @Post('closed-unserializable')
  @Audited('flag:purged')
  closedUnserializable(): { key: string; count: bigint } {
    return { key: 'a', count: 1n }
  }

  @Post('closed-empty')
  @HttpCode(204)
  @Audited('flag:purged', { payload: () => ({ key: 'a' }) })
  closedEmpty(): void {}

  @Post('unserializable')
  @Audited('flag:created')
  unserializable(): { key: string; count: bigint } {
    return { key: 'a', count: 1n }
  }

  @Post('impatient')
  @UseInterceptors(ImpatientInterceptor)
  @Audited('flag:created')
  async impatient(): Promise<{ key: string }> {
    await wait(60)
    return { key: 'late' }
  }

  @Post('impatient-throws')
  @UseInterceptors(ImpatientInterceptor)
  @Audited('flag:created')
  async impatientThrows(): Promise<{ key: string }> {
    await wait(60)
    throw new RangeError('secret')
  }

  @Post('impatient-observable')
  @UseInterceptors(ImpatientInterceptor)
  @Audited('flag:created')
  impatientObservable(): Observable<{ key: string }> {
    return defer(() => timer(60).pipe(map(() => ({ key: 'late' }))))
  }

  @Put('changed')
  @UseInterceptors(ChangingInterceptor)
  @Audited('flag:updated')
  changed(): { key: string } {
    return { key: 'returned' }
  }

  @Put('changed-callback')
  @UseInterceptors(ChangingInterceptor)
  @Audited('flag:updated', { payload: ({ result }: { result: { key: string } }) => result })
  changedForCallback(): { key: string } {
    return { key: 'returned' }
  }

  @Get('web-stream')
  @Audited('flag:exported')
  webStream(): ReadableStream {
    return new Blob(['a'.repeat(1_000)]).stream()
  }

  @Post('denies')
  @Audited('flag:created', { payload: 'annotated' })
  async denies(): Promise<{ ok: boolean }> {
    await this.#flags.deny('over-the-limit')
    return { ok: false }
  }

  @Delete('session')
  @Audited('flag:deleted')
  logOut(@Req() request: any): void {
    request.user = null
  }

  @Post('records-after-logout')
  @Audited('flag:created', { payload: 'annotated' })
  async recordsAfterLogout(@Req() request: any): Promise<void> {
    request.user = undefined
    await this.#flags.record('after')
  }

  @Post('several')
  @Audited('flag:created')
  several(...extra: readonly unknown[]): { key: string } {
    return { key: `${extra.length} arguments` }
  }
}
