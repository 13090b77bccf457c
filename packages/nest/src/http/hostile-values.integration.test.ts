import { Catch, Controller, HttpCode, Module, Post, type ArgumentsHost, type INestApplication } from '@nestjs/common'
import { defineEvents, noPayload, type Audit } from '@audit/core'
import { auditRecorder } from '@audit/core/testing'
import { callWithHostile, hostileValues } from '@audit/core/testing/adapter'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { platforms, serve } from '../../test/http/serve.ts'
import { AuditModule, InjectAudit, auditDecorators } from '../index.ts'

// An application may pass any value. No value may make its request fail, except with a documented error of an option.

const events = defineEvents({ flag: { created: z.any(), read: noPayload } })
const { Audited } = auditDecorators<typeof events>()

const trip = (what: string): never => {
  throw new Error(`${what} was run`)
}

/** The value that the application passes in this test, and where. */
const given: { make: () => unknown; place: string; faults?: readonly string[] } = { make: () => undefined, place: '' }
const at = (place: string): never => {
  if (given.place === `${place} throws`) throw given.make()
  return (given.place === place ? given.make() : undefined) as never
}

@Controller()
class HostileController {
  readonly #audit: Audit<typeof events>

  constructor(@InjectAudit() audit: Audit<any>) {
    this.#audit = audit
  }

  @Post('calls')
  @HttpCode(204)
  @Audited('flag:created', { payload: () => null })
  async call(): Promise<void> {
    given.faults = await callWithHostile(this.#audit, 'flag:read', given.make)
  }

  @Post('callbacks')
  @HttpCode(204)
  @Audited('flag:created', { payload: () => at('payload'), before: () => at('before'), target: () => at('target') })
  callbacks(): void {}

  @Post('returned')
  @Audited('flag:created')
  async returned(): Promise<any> {
    return given.make()
  }

  @Post('thrown')
  @Audited('flag:created', { payload: () => null })
  thrown(): void {
    throw given.make()
  }
}

/** Replaces Nest's filter, which reads the class of an error and fails for some of these values. */
@Catch()
class AnyFilter {
  catch(_: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse()
    response.status(500).send()
  }
}

const crashes: unknown[] = []
const crash = (reason: unknown) => void crashes.push(reason)
beforeAll(() => void process.on('unhandledRejection', crash))
afterAll(() => {
  process.off('unhandledRejection', crash)
  expect(crashes).toEqual([])
})

describe.each(platforms)('%s', (platform) => {
  const audit = auditRecorder({ events, strict: false })
  let app: INestApplication
  let url: string

  beforeAll(async () => {
    const options = { actor: () => at('actor'), tenant: () => at('tenant'), requestId: () => at('requestId') }
    @Module({ imports: [AuditModule.forRoot({ audit, ...options })], controllers: [HostileController] })
    class App {}
    ;({ app, url } = await serve(App, platform, (one) => one.useGlobalFilters(new AnyFilter())))
  })

  afterAll(() => app?.close())

  async function send(path: string, place: string) {
    given.place = place
    audit.clear()
    const { status } = await fetch(`${url}/${path}`, { method: 'POST' })
    await expect.poll(() => audit.events.filter(({ action }) => action === 'created')).toHaveLength(1)
    return [status, audit.events.find(({ action }) => action === 'created')!.status]
  }

  test.each(hostileValues)('$name can be passed to the audit and to the adapter', async ({ make }) => {
    given.make = () => make(trip)
    expect(await send('calls', '')).toEqual([204, 'success'])
    expect(given.faults).toEqual([])
    for (const place of ['payload', 'before', 'target', 'actor', 'tenant', 'requestId']) {
      for (const how of [place, `${place} throws`])
        expect([how, ...(await send('callbacks', how))]).toEqual([how, 204, 'success'])
    }
    expect(audit.events[0]!.metadata.request).toMatchObject({ method: 'POST', route: '/callbacks' })
    expect(await send('thrown', '')).toEqual([500, 'failure'])
  })

  test.each(hostileValues)('$name can be the result of a handler', async ({ make }) => {
    // The handler is asynchronous, so its promise reads `then` of the value; our own promise reads it again.
    given.make = () => make(trip)
    const plain = await send('returned', '')
    expect(plain[1]).toBe(isRefusedByPromises(given.make()) ? 'failure' : 'success')
  })
})

/** An asynchronous function cannot return a Proxy whose `then` cannot be read. */
function isRefusedByPromises(value: unknown): boolean {
  try {
    return typeof (value as { readonly then?: unknown } | null | undefined)?.then === 'function'
  } catch {
    return true
  }
}
