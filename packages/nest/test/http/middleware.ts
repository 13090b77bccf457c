import {
  Controller,
  Delete,
  Get,
  Param,
  Post,
  RequestMethod,
  UnauthorizedException,
  type INestApplication,
  type MiddlewareConsumer,
} from '@nestjs/common'
import { Audited, NotAudited } from './events.ts'

// Middleware in every place where an application can have it, and routes behind it.

type Next = () => void

/** A middleware, of Nest or Express, that refuses requests by a part of their path. */
export function refuse(part: string, status: number) {
  return (request: any, response: any, next: Next): void => {
    if (!String(request.originalUrl).includes(part)) return next()
    response.statusCode = status
    response.end()
  }
}

function redirect(part: string, signedIn?: boolean) {
  return (request: any, response: any, next: Next): void => {
    if (!String(request.originalUrl).includes(part)) return next()
    // As Passport adds it to every request.
    if (signedIn !== undefined) request.isUnauthenticated = () => !signedIn
    response.statusCode = 302
    response.setHeader('location', '/login')
    response.end()
  }
}

function refuseByThrowing(request: any, _: unknown, next: Next): void {
  if (String(request.originalUrl).includes('thrown-by-middleware')) throw new UnauthorizedException('secret')
  next()
}

function passOn(_request: unknown, _response: unknown, next: Next): void {
  next()
}

@Controller('behind')
export class BehindController {
  @Post(':what/:key')
  @Audited('flag:created', { target: ({ request }) => request.params.key })
  create(@Param('key') key: string): { key: string } {
    return { key }
  }
}

/** The middleware of this controller is bound to it by name. */
@Controller('bound')
export class BoundController {
  @Delete(':key')
  @Audited('flag:deleted', { target: ({ request }) => request.params.key })
  remove(): void {}
}

/** Two routes match the path, and the first answers. */
@Controller('shadowed')
export class ShadowedController {
  @Get('me')
  @NotAudited('changes nothing')
  me(): string {
    return 'me'
  }

  @Get(':id')
  @Audited('flag:read', { target: ({ request }) => request.params.id })
  read(): void {}
}

export function bindMiddleware(consumer: MiddlewareConsumer): void {
  // Bound like nestjs-pino and nestjs-cls.
  consumer.apply(passOn).forRoutes({ path: '*path', method: RequestMethod.ALL })
  consumer.apply(refuse('for-method', 401)).forRoutes({ path: 'behind/for-method/:key', method: RequestMethod.POST })
  consumer.apply(refuse('bound', 403)).forRoutes(BoundController)
  consumer.apply(refuseByThrowing).forRoutes('*path')
}

export function useMiddleware(app: INestApplication): void {
  if (app.getHttpAdapter().getType() === 'express') useRouting(app)
  const refusing = [refuse('refused-after', 403), refuse('throttled', 429), refuse('malformed', 400), refuse('shadowed/me', 401)]
  const redirecting = [redirect('behind/redirected'), redirect('to-login', false), redirect('to-elsewhere', true)]
  for (const middleware of [...refusing, ...redirecting]) app.use(middleware)
}

/** Not for Fastify, which routes a request before any middleware runs. */
function useRouting(app: INestApplication): void {
  app.use((request: any, _: unknown, next: Next) => {
    request.url = request.url.replace('/api/old/', '/api/')
    next()
  })
  app.use('/api/mounted', (request: any, _: unknown, next: Next) => {
    request.url = request.url.replace('/', '/behind/refused-after-')
    next()
  })
  app.use('/api/behind/under-a-mount', refuse('under-a-mount', 403))
  const express = app.getHttpAdapter().getInstance()
  express.all('/api/behind/all/*path', refuse('behind/all', 401))
  express.post('/api/behind/skipped/:key', passOn)
  express.delete('/api/bound/foreign', (_: unknown, response: any) => response.status(404).end())
  express.use(refuse('skipped', 403))
}
