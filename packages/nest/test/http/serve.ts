import type { AddressInfo } from 'node:net'
import { VersioningType, type INestApplication, type Type } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'

export const platforms = ['express', 'fastify'] as const
export type PlatformName = (typeof platforms)[number]

/**
 * The number of connections that the kernel queues for a busy server, more than any test opens at once. With Node's default of 511
 * it drops the others: their clients retry for a minute, and are then reset.
 */
const BACKLOG = 4_096

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
  // Both platforms pass Node's options on, but Nest's type has only the port.
  await app.listen({ port: 0, host: '127.0.0.1', backlog: BACKLOG } as unknown as number)
  return { app, url: `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}` }
}
