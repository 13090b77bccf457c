import type { AddressInfo } from 'node:net'
import { VersioningType, type INestApplication, type Type } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'

export const platforms = ['express', 'fastify'] as const
export type PlatformName = (typeof platforms)[number]

/**
 * Connections that the kernel keeps for a server that is busy, more than any test makes at once. With Node's 511 it drops the others,
 * has their clients send again for a minute, and resets what is left.
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
  // Both platforms hand Node's own options on; Nest's type has the port alone.
  await app.listen({ port: 0, host: '127.0.0.1', backlog: BACKLOG } as unknown as number)
  return { app, url: `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}` }
}
