import 'reflect-metadata'
import { Module, type INestApplication, type Type } from '@nestjs/common'
import { APP_FILTER, APP_GUARD, NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { AuditModule, type CallSource, type HttpRequest } from '@audit/nest'
import { actorOf } from '../authentication.ts'
import { createDomain, type Domain } from '../domain.ts'
import { resourceKinds, type Resource } from '../resources.ts'
import type { Service } from '../flags-service.ts'
import type { FlagsAudit } from '../trail.ts'
import { ErrorFilter } from './error-filter.ts'
import { DOMAIN, resourceController } from './resource-controller.ts'
import { TokenGuard } from './token-guard.ts'

export interface NestService extends Service {
  readonly app: INestApplication
}

/** Creates the service with NestJS. */
export async function createNestService(audit: FlagsAudit): Promise<NestService> {
  const domain = createDomain()
  const app = await NestFactory.create(moduleOf(audit, domain), new ExpressAdapter(), { logger: ['error', 'warn'] })
  app.setGlobalPrefix('api/v1')
  await app.init()
  return { app, answer: app.getHttpAdapter().getInstance(), adminToken: domain.adminToken, stop: () => app.close() }
}

/** As the guard leaves it. */
type TokenRequest = HttpRequest & { readonly token?: Resource }

export function moduleOf(audit: FlagsAudit, domain: Domain, others: readonly Type[] = []): Type {
  @Module({
    imports: [AuditModule.forRoot({ audit, actor: ({ request }: CallSource<TokenRequest>) => actorOf(request?.token) })],
    controllers: [...Object.values(resourceKinds).map(resourceController), ...others],
    providers: [
      { provide: DOMAIN, useValue: domain },
      { provide: APP_GUARD, useClass: TokenGuard },
      { provide: APP_FILTER, useClass: ErrorFilter },
    ],
  })
  class FlagsModule {}
  return FlagsModule
}
