import { randomUUID } from 'node:crypto'
import type Router from '@koa/router'
import type { KoaAudit } from '@audit/koa'
import type { events } from '../audit-events.ts'
import { resourcePath } from '../resource-path.ts'
import { key, type Resource, type ResourceKind } from '../resources.ts'
import { parseBody } from '../request-body.ts'
import type { Store } from '../store.ts'

export interface ResourceRoutesOptions {
  readonly store: Store
  readonly audited: KoaAudit<typeof events>['audited']
  /** Creates the secret of a resource that has one. */
  readonly issue: (path: string) => string
}

/** List, read, create, replace and delete, for one kind of resource; the last three are audited. */
export function addResourceRoutes(router: Router, kind: ResourceKind, { store, audited, issue }: ResourceRoutesOptions): void {
  const { noun, collection, identity, body } = kind
  const item = `${collection}/:${identity}`
  const newBody = identity === 'key' ? body.extend({ key }) : body
  /** The result of the handler. Its answer may contain more, such as a secret. */
  const payload = (ctx: { readonly state: { readonly resource?: any } }) => ctx.state.resource
  const target = (ctx: { readonly params: Record<string, string> }) => ctx.params[identity]

  router.get(collection, (ctx) => {
    ctx.body = store.list(resourcePath(collection, ctx.params))
  })

  router.get(item, (ctx) => {
    ctx.body = store.read(resourcePath(item, ctx.params))
  })

  router.post(collection, audited(`${noun}:created`, payload), (ctx) => {
    const drawn = identity === 'id' && { id: randomUUID() }
    const resource: Resource = { ...ctx.params, ...drawn, ...parseBody(newBody, ctx.request.body) }
    const path = resourcePath(item, resource)
    ctx.audit.annotate({ target: String(resource[identity]) })
    const created = (ctx.state['resource'] = store.create(kind, path, resource))
    ctx.status = 201
    ctx.body = { ...created, ...(kind.hasSecret && { secret: issue(path) }) }
  })

  router.put(item, audited(`${noun}:updated`, { payload, target }), (ctx) => {
    const path = resourcePath(item, ctx.params)
    ctx.audit.annotate({ before: store.read(path) })
    ctx.body = ctx.state['resource'] = store.update(kind, path, { ...ctx.params, ...parseBody(body, ctx.request.body) })
  })

  router.delete(item, audited(`${noun}:deleted`, { payload, target }), (ctx) => {
    ctx.state['resource'] = store.remove(resourcePath(item, ctx.params), { force: ctx.query['force'] === 'true' })
    ctx.status = 204
  })
}
