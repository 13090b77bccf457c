import { bodyParser } from '@koa/bodyparser'
import Router from '@koa/router'
import { koaAudit } from '@audit/koa'
import Koa from 'koa'
import { answerErrors } from './answer-errors.ts'
import type { FlagsAudit } from './trail.ts'
import { createAuthentication, signedInActor } from './authentication.ts'
import { addResourceRoutes } from './resource-routes.ts'
import { resourceKinds } from './resources.ts'
import { createStore } from './store.ts'

export interface Service {
  readonly app: Koa
  /** The secret of the first token, an admin's. */
  readonly adminToken: string
}

/** A small feature-flag service, with one namespace and one token in it. Whoever made the audit closes it. */
export function createService(audit: FlagsAudit): Service {
  const store = createStore()
  const authentication = createAuthentication(store)
  const { auditMiddleware, audited } = koaAudit(audit)

  const router = new Router({ prefix: '/api/v1' })
  for (const kind of Object.values(resourceKinds)) {
    addResourceRoutes(router, kind, { store, audited, issue: authentication.issue })
  }

  const { namespace, token } = resourceKinds
  const description = 'Made at the start'
  store.create(namespace, '/namespaces/default', { key: 'default', name: 'Default', description, protected: true })
  store.create(token, '/tokens/bootstrap', { id: 'bootstrap', name: 'bootstrap', description, role: 'admin' })
  const adminToken = authentication.issue('/tokens/bootstrap')

  const app = new Koa()
  app.use(auditMiddleware({ router, actor: signedInActor }))
  app.use(answerErrors)
  app.use(authentication.signIn)
  app.use(bodyParser({ enableTypes: ['json'] }))
  app.use(router.routes())
  app.use(router.allowedMethods())
  return { app, adminToken }
}
