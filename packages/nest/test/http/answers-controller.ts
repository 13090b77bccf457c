import { EventEmitter, once } from 'node:events'
import { Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import {
  All,
  BadRequestException,
  Body,
  ConflictException,
  Controller,
  Delete,
  ForbiddenException,
  Get,
  HttpCode,
  Inject,
  NotFoundException,
  Param,
  ParseIntPipe,
  Post,
  Put,
  Redirect,
  Req,
  Res,
  Sse,
  StreamableFile,
  UnauthorizedException,
} from '@nestjs/common'
import { EMPTY, from, interval, map, of, throwError, type Observable } from 'rxjs'
import { Audited, NotAudited } from './events.ts'
import { FlagService } from './flag-service.ts'

/** Emits when a slow handler has begun. */
export const handlers = new EventEmitter()

const thrown: Readonly<Record<string, () => unknown>> = {
  conflict: () => new ConflictException('secret'),
  'bad-request': () => new BadRequestException('secret'),
  'not-found': () => new NotFoundException('secret'),
  forbidden: () => new ForbiddenException('secret'),
  unauthorized: () => new UnauthorizedException('secret'),
  error: () => new TypeError('secret'),
  coded: () => Object.assign(new Error('secret'), { code: 'SQLITE_BUSY' }),
  text: () => 'secret',
}

/** Wraps a method, as decorators of other libraries do. Careless ones drop the metadata of the original. */
function Wrapped({ copies = false } = {}): MethodDecorator {
  return (_target, _key, descriptor: TypedPropertyDescriptor<any>) => {
    const original = descriptor.value
    const wrapped = function (this: unknown, ...args: unknown[]): unknown {
      return original.apply(this, args)
    }
    for (const key of copies ? Reflect.getMetadataKeys(original) : []) {
      Reflect.defineMetadata(key, Reflect.getMetadata(key, original), wrapped)
    }
    descriptor.value = wrapped
  }
}

/** A route for each way in which a handler can answer. */
@Controller()
export class AnswersController {
  readonly #flags: FlagService

  constructor(@Inject(FlagService) flags: FlagService) {
    this.#flags = flags
  }

  @Post('returns')
  @Audited('flag:created')
  returns(@Body() body: { key: string }): { key: string } {
    return body
  }

  @Post('promises')
  @Audited('flag:created')
  async promises(@Body() body: { key: string }): Promise<{ key: string }> {
    await wait(1)
    return body
  }

  @Post('observable')
  @Audited('flag:created')
  observable(): Observable<{ key: string }> {
    return from([{ key: 'first' }, { key: 'last' }])
  }

  @Post('observable-fails')
  @Audited('flag:created')
  observableFails(): Observable<{ key: string }> {
    return throwError(() => new ConflictException())
  }

  @Put('payload/:key')
  @Audited('flag:updated', {
    target: ({ request }) => ({ type: 'flag', id: request.params.key }),
    before: () => ({ key: 'old' }),
    payload: ({ args: [key, body], result }: { args: [string, { name: string }]; result: { ok: boolean } }) => ({
      key: `${key} ${body.name} ${result.ok}`,
    }),
  })
  payload(@Param('key') key: string, @Body() body: { name: string }): { ok: boolean } {
    return { ok: key.length + body.name.length > 0 }
  }

  @Post('provider')
  @Audited('flag:created', { payload: ({ get }) => ({ key: get(FlagService).constructor.name }) })
  provider(): void {}

  @Post('throws/:what')
  @Audited('flag:created', { target: ({ request }) => request.params.what })
  throws(@Param('what') what: string): { key: string } {
    throw thrown[what]!()
  }

  @Delete('pipe/:id')
  @Audited('flag:deleted', { target: ({ request }) => request.params.id })
  pipe(@Param('id', ParseIntPipe) id: number): { id: number } {
    return { id }
  }

  @Post('slow/:end')
  @Audited('flag:created', { payload: () => ({ key: 'slow' }) })
  async slow(@Param('end') end: string, @Req() request: any): Promise<void> {
    handlers.emit('slow')
    await hungUp(request)
    if (end === 'throws') throw new ConflictException()
  }

  @Get('stream')
  @Audited('flag:exported', {})
  stream(): StreamableFile {
    return new StreamableFile(Readable.from([Buffer.alloc(1_000), Buffer.alloc(1_000)]))
  }

  @Get('endless-stream')
  @Audited('flag:exported', {})
  endless(): StreamableFile {
    return new StreamableFile(Readable.from(chunks()))
  }

  @Sse('sse')
  @Audited('flag:read', { payload: () => undefined as never })
  sse(): Observable<{ data: string }> {
    return of({ data: 'a' }, { data: 'b' })
  }

  @Sse('endless-sse')
  @Audited('flag:read', { payload: () => undefined as never })
  endlessSse(): Observable<{ data: string }> {
    return interval(5).pipe(map((at) => ({ data: String(at) })))
  }

  @Post('res')
  @Audited('flag:created', { payload: () => ({ key: 'res' }) })
  res(@Res() response: any): void {
    response.status(201).send('{}')
  }

  @Post('res-late')
  @Audited('flag:created', { payload: () => ({ key: 'res' }) })
  resLate(@Res() response: any): void {
    setTimeout(() => response.status(201).send('{}'), 20)
  }

  @Post('res-slow/:end')
  @Audited('flag:created', { payload: () => ({ key: 'res' }) })
  async resSlow(@Param('end') end: string, @Req() request: any, @Res() response: any): Promise<void> {
    handlers.emit('slow')
    await hungUp(request)
    if (end === 'throws') throw new ConflictException()
    if (end === 'answers') response.status(201).send('{}')
  }

  @Post('res-refuses')
  @Audited('flag:created', { payload: () => ({ key: 'res' }) })
  resRefuses(@Res() response: any): void {
    response.status(409).send('{}')
  }

  @Post('passthrough')
  @Audited('flag:created')
  passthrough(@Res({ passthrough: true }) response: any): { key: string } {
    response.status(202)
    return { key: 'passed' }
  }

  @Post('passthrough-refuses')
  @Audited('flag:created')
  passthroughRefuses(@Res({ passthrough: true }) response: any): { key: string } {
    response.status(422)
    return { key: 'never' }
  }

  @Get('redirects')
  @Redirect('https://example.com', 302)
  @Audited('flag:read', {})
  redirects(): void {}

  @Delete('nothing')
  @HttpCode(204)
  @Audited('flag:deleted', {})
  nothing(): void {}

  @Post('empty-observable')
  @Audited('flag:deleted', {})
  emptyObservable(): Observable<never> {
    return EMPTY
  }

  @All('all')
  @Audited('flag:updated')
  all(): { key: string } {
    return { key: 'all' }
  }

  @Post('records')
  @Audited('flag:created', { payload: () => ({ key: 'never' }) })
  async records(): Promise<void> {
    await this.#flags.record('recorded')
  }

  @Post('annotates')
  @Audited('flag:created', { payload: 'annotated' })
  annotates(): void {
    this.#flags.annotate({ target: 'annotated', payload: { key: 'annotated' } })
  }

  @Post('calls-other')
  @Audited('flag:created')
  callsOther(): { key: string } {
    return this.returns({ key: 'other' })
  }

  @Post('callbacks-throw')
  @Audited('flag:created', {
    target: () => {
      throw new Error('secret')
    },
    before: async () => {
      throw new Error('secret')
    },
    payload: () => {
      throw new Error('secret')
    },
  })
  callbacksThrow(): void {}

  @Post('careless-inside')
  @Audited('flag:created')
  @Wrapped()
  carelessInside(): { key: string } {
    return { key: 'careless' }
  }

  @Post('careless-between')
  @Wrapped()
  @Audited('flag:created')
  carelessBetween(): { key: string } {
    return { key: 'careless' }
  }

  @Wrapped({ copies: true })
  @Post('careful-outside')
  @Audited('flag:created')
  carefulOutside(): { key: string } {
    return { key: 'careful' }
  }

  @Post('upload')
  @Audited('flag:created')
  upload(@Body() body: { text: string }): { key: string } {
    return { key: String(body.text.length) }
  }

  @Post('not-audited')
  @NotAudited('changes nothing')
  notAudited(): void {}
}

/** Resolves when the server has noticed that the client of a request disconnected. */
async function hungUp(request: any): Promise<void> {
  const { socket } = request.raw ?? request
  if (!socket.destroyed) await once(socket, 'close')
  await wait(5)
}

async function* chunks(): AsyncGenerator<Buffer> {
  for (;;) {
    yield Buffer.alloc(1_000)
    await wait(5)
  }
}
