import { Controller, Get, Module, Post, Version, VERSION_NEUTRAL, VersioningType, type VersioningOptions } from '@nestjs/common'
import { auditRecorder } from '@audit/core/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Audited, events } from '../../test/http/events.ts'
import { platforms, serve, type PlatformName } from '../../test/http/serve.ts'
import { AuditModule } from '../index.ts'

// Handlers of one path and method that differ by a header. A middleware refuses every request before the router has chosen one.

@Controller({ path: 'flags' })
class VersionedController {
  @Post()
  @Version('1')
  @Audited('flag:created')
  one(): { key: string } {
    return { key: 'one' }
  }

  @Post()
  @Version(['2', '3'])
  @Audited('flag:updated')
  two(): { key: string } {
    return { key: 'two' }
  }

  @Get()
  @Version('1')
  @Audited('flag:read')
  read(): void {}

  @Get()
  @Version(VERSION_NEUTRAL)
  @Audited('flag:exported')
  other(): void {}
}

interface Versioning {
  readonly options: VersioningOptions
  /** The headers of a request for that version. */
  readonly headers: (version: string) => Record<string, string>
}

const kinds: Readonly<Record<string, Versioning>> = {
  header: { options: { type: VersioningType.HEADER, header: 'X-Version' }, headers: (version) => ({ 'x-version': version }) },
  'media type': {
    options: { type: VersioningType.MEDIA_TYPE, key: 'v=' },
    headers: (version) => ({ accept: `application/json;v=${version}` }),
  },
  custom: {
    options: { type: VersioningType.CUSTOM, extractor: (request: any) => request.headers['x-any'] ?? '' },
    headers: (version) => ({ 'x-any': version }),
  },
}

async function refusedBy(platform: PlatformName, { options, headers }: Versioning, requests: readonly string[]) {
  const audit = auditRecorder({ events })
  @Module({ imports: [AuditModule.forRoot({ audit })], controllers: [VersionedController] })
  class App {}
  const { app, url } = await serve(App, platform, (one) => {
    one.enableVersioning(options)
    one.use((_: unknown, response: any) => {
      response.statusCode = 403
      response.end()
    })
  })
  onTestFinished(() => app.close())
  // Events are recorded in order, so once the last request has its event, all others have theirs.
  for (const request of [...requests, 'POST 1']) {
    const [method = '', version] = request.split(' ')
    const id = { 'x-request-id': request.replace(' ', '-') }
    const { status } = await fetch(`${url}/flags`, { method, headers: { ...id, ...(version && headers(version)) } })
    expect(status).toBe(403)
  }
  const eventsOf = (request: string) => audit.events.filter(({ metadata }) => metadata.request?.id === request.replace(' ', '-'))
  await expect.poll(() => eventsOf('POST 1').length).toBe(2)
  return requests.map((request) => {
    const recorded = eventsOf(request).map(
      ({ action, status, reason, metadata }) => `${action} ${status} ${reason} ${metadata.request?.route}`,
    )
    return `${request}: ${recorded[0] ?? 'no event'}`
  })
}

describe.each(platforms)('%s: versions', (platform) => {
  test.each(Object.entries(kinds))(
    `${platform}: a refused request is recorded as its handler, chosen by %s`,
    async (_, versioning) => {
      const denied = (action: string) => `${action} denied forbidden /flags`
      expect(await refusedBy(platform, versioning, ['POST 1', 'POST 2', 'POST 3', 'GET 1', 'GET', 'POST 4', 'POST'])).toEqual([
        `POST 1: ${denied('created')}`,
        `POST 2: ${denied('updated')}`,
        `POST 3: ${denied('updated')}`,
        `GET 1: ${denied('read')}`,
        `GET: ${denied('exported')}`,
        // No handler has this version, and none takes requests without one: there is no such route.
        'POST 4: no event',
        'POST: no event',
      ])
    },
  )
})
