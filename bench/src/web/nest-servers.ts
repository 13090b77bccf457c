import 'reflect-metadata'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { auditDecorators, AuditModule } from '@audit/nest'
import { Body, Controller, Module, Post, type DynamicModule } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { LoggerModule } from 'nestjs-pino'
import pino from 'pino'
import type { Measurement } from '../benchmark.ts'
import { openAudit, type BenchAudit, type BenchEvents } from '../open-audit.ts'
import type { FlagUpdate } from '../sample.ts'
import { auditedServer } from './audited-server.ts'
import { measure, type Server } from './load.ts'

type Platform = 'express' | 'fastify'

export const bare =
  (platform: Platform): Measurement =>
  (options) =>
    measure(options, () => serve(platform), '/flags/a')

export const audited =
  (platform: Platform): Measurement =>
  (options) =>
    measure(options, async (given) => serveAudited(platform, await openAudit(given), { isCounted: true }), '/flags/a')

export const unaudited =
  (platform: Platform): Measurement =>
  (options) =>
    measure(options, async (given) => serveAudited(platform, await openAudit(given), { isCounted: false }), '/plain/a')

export const pinoLogged =
  (platform: Platform): Measurement =>
  (options) =>
    measure(
      options,
      ({ directory }) => {
        const stream = pino.destination({ dest: join(directory, 'pino.ndjson'), sync: true })
        return serve(platform, LoggerModule.forRoot({ pinoHttp: { stream } }))
      },
      '/flags/a',
    )

const { Audited } = auditDecorators<BenchEvents>()

class FlagController {
  update(flag: FlagUpdate): FlagUpdate {
    return flag
  }

  plain(flag: FlagUpdate): FlagUpdate {
    return flag
  }
}
// Node strips types and no decorators, so these are applied by hand.
decorate('update', Post('flags/:key'), Audited('flag:updated'))
decorate('plain', Post('plain/:key'))
Controller()(FlagController)

function decorate(key: 'update' | 'plain', ...decorators: readonly ((...args: any[]) => void)[]): void {
  const descriptor = Object.getOwnPropertyDescriptor(FlagController.prototype, key)!
  for (const decorator of decorators) decorator(FlagController.prototype, key, descriptor)
  Body()(FlagController.prototype, key, 0)
}

async function serveAudited(platform: Platform, audit: BenchAudit, counting: { readonly isCounted: boolean }) {
  const actor = () => ({ authentication: 'token', id: 'user-4711' })
  const server = await serve(platform, AuditModule.forRoot({ audit, actor }))
  return auditedServer(server, audit, counting)
}

async function serve(platform: Platform, ...imports: readonly DynamicModule[]): Promise<Server> {
  class App {
    readonly name = 'bench'
  }
  Module({ imports: [...imports], controllers: [FlagController] })(App)
  const adapter = platform === 'express' ? new ExpressAdapter() : new FastifyAdapter()
  const app = await NestFactory.create(App, adapter as ExpressAdapter, { logger: false, forceCloseConnections: true })
  await app.listen(0, '127.0.0.1')
  return { port: (app.getHttpServer().address() as AddressInfo).port, close: () => app.close() }
}
