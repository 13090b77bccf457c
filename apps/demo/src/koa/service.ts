import { bodyParser } from '@koa/bodyparser'
import Router from '@koa/router'
import { koaAudit } from '@audit/koa'
import Koa from 'koa'
import { actorOf, authorize } from '../authentication.ts'
import { createDomain } from '../domain.ts'
import { resourceKinds } from '../resources.ts'
import type { Service } from '../flags-service.ts'
import type { FlagsAudit } from '../trail.ts'
import { answerErrors } from './answer-errors.ts'
import { addResourceRoutes } from './resource-routes.ts'

export interface KoaService extends Service {
  readonly router: Router
}

/** Creates the service with Koa. */
export function createKoaService(audit: FlagsAudit): KoaService {
  const { store, authentication, adminToken } = createDomain()
  const { auditMiddleware, audited } = koaAudit(audit)

  const router = new Router({ prefix: '/api/v1' })
  for (const kind of Object.values(resourceKinds)) {
    addResourceRoutes(router, kind, { store, audited, issue: authentication.issue })
  }

  const app = new Koa()
  app.use(auditMiddleware({ router, actor: (ctx) => actorOf(ctx.state['token']) }))
  app.use(answerErrors)
  app.use((ctx, next) => {
    const token = authentication.signIn(ctx.get('authorization'))
    ctx.state['token'] = token
    authorize(token, ctx.method)
    return next()
  })
  app.use(bodyParser({ enableTypes: ['json'] }))
  app.use(router.routes())
  app.use(router.allowedMethods())
  return { answer: app.callback(), adminToken, router, stop: async () => undefined }
}
