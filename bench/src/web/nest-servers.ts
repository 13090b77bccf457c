import 'reflect-metadata'
import type { ServerResponse } from 'node:http'
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
import { FloorTrail, type FloorRequest } from './floor/floor-trail.ts'
import { measure, type Server, type StartServer } from './load.ts'

type Platform = 'express' | 'fastify'

export const startBare =
  (platform: Platform): StartServer =>
  () =>
    serve(platform)

export const startAudited =
  (platform: Platform): StartServer =>
  async (options) =>
    serveAudited(platform, await openAudit(options), { isCounted: true })

export const startPinoLogged =
  (platform: Platform): StartServer =>
  ({ directory }) => {
    const stream = pino.destination({ dest: join(directory, 'pino.ndjson'), sync: true })
    return serve(platform, { imports: [LoggerModule.forRoot({ pinoHttp: { stream } })] })
  }

export const startFloor =
  (platform: Platform): StartServer =>
  async ({ directory }) => {
    const trail = new FloorTrail(directory)
    const { update } = FlagController.prototype
    FlagController.prototype.update = function (flag) {
      const updated = update.call(this, flag)
      trail.keep('/flags/:key', updated)
      return updated
    }
    decorate('update', Post('flags/:key'))
    const configure = platform === 'express' ? connectExpress : connectFastify
    const server = await serve(platform, { configure: (app) => configure(app, trail) })
    return { port: server.port, close: (requests) => server.close(requests).then(() => trail.close(requests)) }
  }

export const bare = (platform: Platform) => measured(startBare(platform))
export const audited = (platform: Platform) => measured(startAudited(platform))
export const pinoLogged = (platform: Platform) => measured(startPinoLogged(platform))
export const floor = (platform: Platform) => measured(startFloor(platform))
export const unaudited =
  (platform: Platform): Measurement =>
  (options) =>
    measure(options, async (given) => serveAudited(platform, await openAudit(given), { isCounted: false }), '/plain/a')

function measured(start: StartServer): Measurement {
  return (options) => measure(options, start, '/flags/a')
}

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
  const server = await serve(platform, { imports: [AuditModule.forRoot({ audit, actor })] })
  return auditedServer(server, audit, counting)
}

interface ServeOptions {
  readonly imports?: DynamicModule[]
  readonly configure?: (app: any) => void
}

async function serve(platform: Platform, { imports = [], configure }: ServeOptions = {}): Promise<Server> {
  class App {
    readonly name = 'bench'
  }
  Module({ imports, controllers: [FlagController] })(App)
  const adapter = platform === 'express' ? new ExpressAdapter() : new FastifyAdapter()
  const app = await NestFactory.create(App, adapter as ExpressAdapter, { logger: false, forceCloseConnections: true })
  configure?.(app)
  await app.listen(0, '127.0.0.1')
  return { port: (app.getHttpServer().address() as AddressInfo).port, close: () => app.close() }
}

function connectExpress(app: any, trail: FloorTrail): void {
  app.use((request: any, response: ServerResponse, next: () => void) => {
    const floor = { method: request.method, ip: request.ip, route: undefined, payload: undefined }
    response.once('finish', () => trail.record(floor, response.statusCode))
    trail.run(floor, next)
  })
}

function connectFastify(app: any, trail: FloorTrail): void {
  const requests = Symbol('floor')
  const fastify = app.getHttpAdapter().getInstance()
  fastify.addHook('onRequest', (request: any, _: unknown, done: () => void) => {
    request[requests] = { method: request.method, ip: request.ip, route: undefined, payload: undefined } satisfies FloorRequest
    done()
  })
  // Parsing a body loses the asynchronous context.
  fastify.addHook('preHandler', (request: any, _: unknown, done: () => void) => trail.run(request[requests], done))
  fastify.addHook('onResponse', (request: any, reply: any, done: () => void) => {
    trail.record(request[requests], reply.statusCode)
    done()
  })
}
