import type { AddressInfo } from 'node:net'
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo'
import { type CanActivate, type ExecutionContext, Injectable, Module, UnauthorizedException, UseGuards } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { Args, GqlExecutionContext, GraphQLModule, Mutation, Query, Resolver } from '@nestjs/graphql'
import { ExpressAdapter } from '@nestjs/platform-express'
import { defineEvents, type AuditEvent } from '@audit/core'
import { auditRecorder } from '@audit/core/testing'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { AuditModule } from '../audit-module.ts'
import { auditDecorators } from '../decorators/audit-decorators.ts'

const events = defineEvents({ flag: { created: z.object({ key: z.string() }) } })
const { Audited } = auditDecorators<typeof events>()

@Injectable()
class TokenGuard implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { req } = GqlExecutionContext.create(context).getContext<{ req: any }>()
    const user = req.headers['authorization']
    if (user === undefined) throw new UnauthorizedException()
    req.user = { authentication: 'token', id: user }
    return user !== 'guest'
  }
}

@Resolver()
class FlagResolver {
  @Query(() => String)
  hello(): string {
    return 'hello'
  }

  @Mutation(() => String, { nullable: true })
  @UseGuards(TokenGuard)
  @Audited('flag:created', {
    target: ({ data }: { data: { key: string } }) => data.key,
    payload: ({ args: [key] }: { args: [string] }) => ({ key }),
  })
  createFlag(@Args('key', { type: () => String }) key: string): string {
    if (key === 'taken') throw new TypeError('secret')
    return key
  }
}

const outcome = ({ type, action, status, reason }: AuditEvent) => `${type}:${action} ${status}${reason ? ` ${reason}` : ''}`

test('each mutation of a request has its own event, and one that a guard refused is denied', async () => {
  const audit = auditRecorder({ events })
  const graph = GraphQLModule.forRoot<ApolloDriverConfig>({ driver: ApolloDriver, autoSchemaFile: true, path: '/graphql' })
  @Module({ imports: [AuditModule.forRoot({ audit, userAgent: true }), graph], providers: [FlagResolver] })
  class App {}
  const app = await NestFactory.create(App, new ExpressAdapter(), { logger: false })
  await app.listen(0, '127.0.0.1')
  onTestFinished(() => app.close())
  const url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}/graphql`
  const ask = async (query: string, authorization?: string) => {
    const known = { 'content-type': 'application/json', 'x-request-id': 'r-1', 'user-agent': 'test/1' }
    const headers = { ...known, ...(authorization && { authorization }) }
    return (await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) })).json()
  }
  await ask('mutation { a: createFlag(key: "a") b: createFlag(key: "taken") }', 'ada')
  await ask('mutation { createFlag(key: "c") }', 'guest')
  await ask('mutation { createFlag(key: "d") }')
  await ask('{ hello }')
  expect(audit.events.map(outcome)).toEqual([
    'flag:created success',
    'flag:created failure TypeError',
    'flag:created denied TokenGuard',
    'flag:created denied TokenGuard',
  ])
  expect(audit.events.map(({ target, metadata }) => [metadata.actor.id, target!.id])).toEqual([
    ['ada', 'a'],
    ['ada', 'taken'],
    ['guest', 'c'],
    [undefined, 'd'],
  ])
  expect(audit.events.map(({ metadata }) => metadata.request?.userAgent)).toEqual(Array(4).fill('test/1'))
})
