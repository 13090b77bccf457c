import type { AddressInfo } from 'node:net'
import { VersioningType, type INestApplication, type Type } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'

export const platforms = ['express', 'fastify'] as const
export type PlatformName = (typeof platforms)[number]

/** Serves the application on a port of its own. */
export async function serve(
  module: Type,
  platform: PlatformName,
  configure: (app: INestApplication) => void = () => undefined,
): Promise<{ readonly app: INestApplication; readonly url: string }> {
  const adapter = platform === 'express' ? new ExpressAdapter() : new FastifyAdapter()
  const app = await NestFactory.create(module, adapter as ExpressAdapter, { logger: false, abortOnError: false })
  app.enableVersioning({ type: VersioningType.HEADER, header: 'x-version' })
  configure(app)
  await app.listen(0, '127.0.0.1')
  return { app, url: `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}` }
}
