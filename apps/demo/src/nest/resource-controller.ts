import { randomUUID } from 'node:crypto'
import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put, Query, Req, type Type } from '@nestjs/common'
import { auditDecorators, InjectAudit } from '@audit/nest'
import type { events } from '../audit-events.ts'
import type { Domain } from '../domain.ts'
import { parseBody } from '../request-body.ts'
import { resourcePath } from '../resource-path.ts'
import { key, type Resource, type ResourceKind } from '../resources.ts'
import type { FlagsAudit } from '../trail.ts'

export const DOMAIN: unique symbol = Symbol('domain')

const { Audited } = auditDecorators<typeof events>()

type Params = Readonly<Record<string, string>>

/** Keeps the result of the handler. The handler's answer may contain more, such as a secret. */
interface ResourceRequest {
  readonly params: Params
  resource?: Resource
}

/** List, read, create, replace and delete, for one kind of resource; the last three are audited. */
export function resourceController(kind: ResourceKind): Type {
  const { noun, collection, identity, body } = kind
  const item = `${collection}/:${identity}`
  const newBody = identity === 'key' ? body.extend({ key }) : body
  const payload = ({ request }: { readonly request: ResourceRequest }) => request.resource
  const target = ({ request }: { readonly request: ResourceRequest }) => request.params[identity]

  @Controller()
  @Audited(noun)
  class ResourceController {
    readonly #domain: Domain
    readonly #audit: FlagsAudit

    constructor(@Inject(DOMAIN) domain: Domain, @InjectAudit() audit: FlagsAudit) {
      this.#domain = domain
      this.#audit = audit
    }

    @Get(collection)
    list(@Param() params: Params): readonly Resource[] {
      return this.#domain.store.list(resourcePath(collection, params))
    }

    @Get(item)
    read(@Param() params: Params): Resource {
      return this.#domain.store.read(resourcePath(item, params))
    }

    @Post(collection)
    @Audited(':created', { payload })
    create(@Param() params: Params, @Body() given: unknown, @Req() request: ResourceRequest): Resource {
      const { store, authentication } = this.#domain
      const drawn = identity === 'id' && { id: randomUUID() }
      const resource: Resource = { ...params, ...drawn, ...parseBody(newBody, given) }
      const path = resourcePath(item, resource)
      this.#audit.annotate({ target: String(resource[identity]) })
      request.resource = store.create(kind, path, resource)
      return { ...request.resource, ...(kind.hasSecret && { secret: authentication.issue(path) }) }
    }

    @Put(item)
    @Audited(':updated', { payload, target })
    update(@Param() params: Params, @Body() given: unknown, @Req() request: ResourceRequest): Resource {
      const { store } = this.#domain
      const path = resourcePath(item, params)
      this.#audit.annotate({ before: store.read(path) })
      return (request.resource = store.update(kind, path, { ...params, ...parseBody(body, given) }))
    }

    @Delete(item)
    @HttpCode(204)
    @Audited(':deleted', { payload, target })
    remove(@Param() params: Params, @Query('force') force: string | undefined, @Req() request: ResourceRequest): void {
      request.resource = this.#domain.store.remove(resourcePath(item, params), { force: force === 'true' })
    }
  }
  return ResourceController
}
