import type { FastifyRequest } from 'fastify'
import type { Request } from 'express'
import { of, type Observable } from 'rxjs'
import { Audited, auditDecorators } from './audit-decorators.ts'
import { events } from '../../test/http/events.ts'
import { createAudit } from '@audit/core'
import { AuditModule } from '../audit-module.ts'
import type { CallSource } from '../calls/call-source.ts'
import type { HttpRequest } from '../calls/http-request.ts'

const { Audited: Recorded, NotAudited } = auditDecorators<typeof events>()

class Results {
  @Recorded('flag:created')
  fits(): { key: string } {
    return { key: 'a' }
  }

  @Recorded('flag:created')
  async fitsLater(): Promise<{ key: string; more: number }> {
    return { key: 'a', more: 1 }
  }

  @Recorded('flag:created')
  fitsAsObservable(): Observable<{ key: string }> {
    return of({ key: 'a' })
  }

  // @ts-expect-error: the result is not a payload of flag:created
  @Recorded('flag:created')
  misfits(): { name: string } {
    return { name: 'a' }
  }

  // @ts-expect-error: the method returns nothing, and flag:created needs a payload
  @Recorded('flag:created')
  nothing(): void {}

  // @ts-expect-error: there is no such event
  @Recorded('flag:craeted')
  misspelt(): void {}
}

class Options {
  @Recorded('flag:created', { payload: ({ result }: { result: { id: number } }) => ({ key: String(result.id) }) })
  annotated(): { id: number } {
    return { id: 1 }
  }

  // @ts-expect-error: the method returns no such result
  @Recorded('flag:created', { payload: ({ result }: { result: { id: number } }) => ({ key: String(result.id) }) })
  annotatedWrong(): { id: string } {
    return { id: '1' }
  }

  // @ts-expect-error: the result of the callback is not a payload of flag:created
  @Recorded('flag:created', { payload: () => ({ name: 'a' }) })
  wrongPayload(): void {}

  // @ts-expect-error: there is no such option
  @Recorded('flag:created', { payloda: () => ({ key: 'a' }) })
  unknown(): void {}
}

/** No argument of a callback is `any`, so that the application's lint rules hold. */
class Requests {
  @Recorded('flag:deleted', { target: ({ request }) => expectType<string>(request.params.key!) })
  params(): void {}

  @Recorded('flag:deleted', { target: ({ request }) => expectType<unknown>(request.body?.['email']) })
  body(): void {}

  @Recorded('flag:deleted', { target: ({ request }) => ({ type: 'flag', id: expectType<unknown>(request.query['key']) }) })
  query(): void {}

  @Recorded('flag:deleted', { target: ({ request }) => expectType<unknown>(request.user?.['id']) })
  user(): void {}

  @Recorded('flag:deleted', { before: ({ args }) => expectType<unknown>(args[0]) })
  args(_key: string): void {}

  @Recorded('flag:deleted', { before: ({ get }) => expectType<Requests>(get(Requests)).params() })
  provider(): void {}

  // An application may name its framework's request, or the members that it reads.
  @Recorded('flag:deleted', { target: ({ request }: { request: Request }) => request.originalUrl })
  express(): void {}

  @Recorded('flag:deleted', { target: ({ request }: { request: FastifyRequest }) => request.routeOptions.url })
  fastify(): void {}

  @Recorded('flag:deleted', { target: ({ request }: { request: { body?: { email: string } } }) => request.body?.email })
  ownBody(): void {}

  // @ts-expect-error: a request has no such member
  @Recorded('flag:deleted', { target: ({ request }) => request.parms })
  misspelt(): void {}
}

function expectType<T>(value: T & (0 extends 1 & T ? never : unknown)): T {
  return value
}

/** Without `payload` in the options, the result of the method is the payload. */
class OptionsWithoutPayload {
  @Recorded('flag:created', { target: ({ request }) => request.params.key })
  fits(): { key: string } {
    return { key: 'a' }
  }

  // @ts-expect-error: the method returns nothing, and flag:created needs a payload
  @Recorded('flag:created', { target: ({ request }) => request.params.key })
  nothingWithTarget(): void {}

  // @ts-expect-error: the method returns nothing, and flag:updated needs a payload
  @Recorded('flag:updated', { before: () => ({ key: 'a' }) })
  nothingWithBefore(): void {}

  // @ts-expect-error: the result is not a payload of flag:created
  @Recorded('flag:created', { failMode: 'closed' })
  async misfits(): Promise<{ name: string }> {
    return { name: 'a' }
  }

  // @ts-expect-error: the method returns nothing, and flag:created needs a payload
  @Recorded('flag:created', {})
  nothingWithNothing(): void {}

  @Recorded('flag:created', { payload: 'annotated' })
  annotated(): void {}

  @Recorded('flag:deleted', { target: ({ request }) => request.params.key })
  hasNoPayload(): void {}

  @Recorded('flag:created', { before: ({ args: [key] }: { args: [string] }) => key })
  readsArguments(key: string): { key: string } {
    return { key }
  }

  // @ts-expect-error: the method has no such argument
  @Recorded('flag:created', { before: ({ args: [key] }: { args: [number] }) => key })
  readsWrongArguments(key: string): { key: string } {
    return { key }
  }

  // @ts-expect-error: there is no such option
  @Recorded('flag:created', { tarjet: () => 'a' })
  unknown(): { key: string } {
    return { key: 'a' }
  }
}

@Recorded('flag')
class Generic {
  @Recorded(':created')
  create(): void {}

  @NotAudited('changes nothing')
  preview(): void {}
}

// @ts-expect-error: there is no such noun
@Recorded('flagz')
class Misspelt {}

// The module accepts an audit of any catalog.
AuditModule.forRoot({ audit: createAudit({ service: 'a', events }) })
AuditModule.forRoot({ service: 'a', events })
// @ts-expect-error: neither an audit nor the options of one
AuditModule.forRoot({ service: 'a' })

AuditModule.forRoot({
  service: 'a',
  events,
  actor: ({ request }) => request?.user && { authentication: 'jwt', id: request.user['accountId'], role: request.user['role'] },
  tenant: ({ request }) => request?.headers['x-tenant'],
  requestId: (request) => request.headers['x-correlation-id'],
  routes: { 'DELETE /flags/:key': { name: 'flag:deleted', target: ({ request }) => request.params.key } },
})
AuditModule.forRoot({
  service: 'a',
  events,
  actor: ({ request }: CallSource<HttpRequest & { token?: string }>) => ({ authentication: 'token', id: request?.token }),
  requestId: (request: HttpRequest & { id: string }) => request.id,
})
// @ts-expect-error: 'authentication' is misspelt
AuditModule.forRoot({ service: 'a', events, actor: () => ({ autentication: 'jwt', id: 1 }) })

export const used = [Results, Requests, Options, OptionsWithoutPayload, Generic, Misspelt, Audited]
