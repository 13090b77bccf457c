import { setTimeout as wait } from 'node:timers/promises'
import {
  type CallHandler,
  type CanActivate,
  Controller,
  type ExecutionContext,
  ForbiddenException,
  Injectable,
  Module,
  type NestInterceptor,
  type PipeTransform,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import {
  ClientProxyFactory,
  Ctx,
  EventPattern,
  MessagePattern,
  Payload,
  RpcException,
  TcpContext,
  Transport,
} from '@nestjs/microservices'
import { defineEvents, type AuditEvent } from '@audit/core'
import { auditRecorder } from '@audit/core/testing'
import { firstValueFrom, from, lastValueFrom, of, type Observable } from 'rxjs'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { AuditModule } from '../audit-module.ts'
import { auditDecorators } from '../decorators/audit-decorators.ts'

const job = z.object({ id: z.string() })
const events = defineEvents({ job: { done: job, dropped: { payload: job, failMode: 'closed' } } })
const { Audited } = auditDecorators<typeof events>()

interface Message {
  readonly id: string
  readonly user?: string
}

@Injectable()
class UserGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return context.switchToRpc().getData<Message>().user !== 'stranger'
  }
}

@Injectable()
class NotMalloryGuard implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.switchToRpc().getData<Message>().user === 'mallory') throw new ForbiddenException()
    return true
  }
}

const instanceGuard: CanActivate = {
  canActivate: (context) => of(context.switchToRpc().getData<Message>().user !== 'eve'),
}

class IdPipe implements PipeTransform {
  transform(message: Message): Message {
    if (message.id === '') throw new RpcException('no id')
    return message
  }
}

@Controller()
@UseGuards(UserGuard)
class JobController {
  @MessagePattern('job.do')
  @Audited('job:done', { target: ({ data }: { data: Message }) => data.id })
  @UseGuards(NotMalloryGuard, instanceGuard)
  do(@Payload(IdPipe) message: Message, @Ctx() context: TcpContext): { id: string } {
    if (context.getPattern() !== 'job.do' || message.id === 'broken') throw new RpcException('broken')
    return { id: message.id }
  }

  @MessagePattern('job.stream')
  @Audited('job:done')
  stream(message: Message) {
    return from([{ id: 'first' }, { id: message.id }])
  }
}

const waiting: (() => void)[] = []
let isBusy = false
function runNext(): void {
  const next = waiting.shift()
  isBusy = next !== undefined
  next?.()
}

/** A lock that starts each call in the asynchronous context of the one before, as queues do. */
class LockInterceptor implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return from(
      new Promise((resolve, reject) => {
        waiting.push(() => void lastValueFrom(next.handle()).then(resolve, reject).finally(runNext))
        if (!isBusy) runNext()
      }),
    )
  }
}

@Controller()
class LockedController {
  @MessagePattern('job.locked')
  @UseInterceptors(LockInterceptor)
  @Audited('job:done')
  async locked(message: Message): Promise<{ id: string }> {
    await wait(10)
    return { id: message.id }
  }
}

@Module({ controllers: [JobController, LockedController] })
class JobModule {}

async function serve() {
  const audit = auditRecorder({ events })
  @Module({
    imports: [AuditModule.forRoot({ audit, actor: ({ data }) => ({ authentication: 'token', id: data.user }) }), JobModule],
  })
  class App {}
  const app = await NestFactory.createMicroservice(App, {
    transport: Transport.TCP,
    options: { port: 0, host: '127.0.0.1' },
    logger: false,
  })
  await app.listen()
  const { port } = app.unwrap<import('node:net').Server>().address() as import('node:net').AddressInfo
  const client = ClientProxyFactory.create({ transport: Transport.TCP, options: { port, host: '127.0.0.1' } })
  onTestFinished(async () => {
    await client.close()
    await app.close()
  })
  return {
    audit,
    send: (pattern: string, message: Message) => firstValueFrom(client.send(pattern, message)).catch((error) => error),
  }
}

const outcome = ({ type, action, status, reason }: AuditEvent) => `${type}:${action} ${status}${reason ? ` ${reason}` : ''}`

test.each<[string, string, Message, string[]]>([
  ['a success', 'job.do', { id: 'a', user: 'ada' }, ['job:done success']],
  ['a guard refuses', 'job.do', { id: 'a', user: 'stranger' }, ['job:done denied UserGuard']],
  ['a guard throws', 'job.do', { id: 'a', user: 'mallory' }, ['job:done denied NotMalloryGuard']],
  ['a guard that is a plain object refuses', 'job.do', { id: 'a', user: 'eve' }, ['job:done denied forbidden']],
  ['the handler throws', 'job.do', { id: 'broken', user: 'ada' }, ['job:done failure RpcException']],
  ['a pipe rejects', 'job.do', { id: '', user: 'ada' }, ['job:done failure RpcException']],
  ['a stream', 'job.stream', { id: 'a', user: 'ada' }, ['job:done success']],
])('an RPC message is recorded: %s', async (_, pattern, message, recorded) => {
  const { audit, send } = await serve()
  await send(pattern, message)
  expect(audit.events.map(outcome)).toEqual(recorded)
})

test('calls behind a lock are each recorded by their own actor (#15)', async () => {
  const { audit, send } = await serve()
  const users = ['u1', 'u2', 'u3']
  await Promise.all(users.map((user) => send('job.locked', { id: `of ${user}`, user })))
  const recorded = audit.events.map(({ status, metadata, payload }) => [status, metadata.actor.id, payload])
  expect(recorded).toEqual(users.map((user) => ['success', user, { id: `of ${user}` }]))
})

void EventPattern
