import type { RouteTable } from '@audit/core/adapter'
import type { HttpAdapterHost } from '@nestjs/core'
import type { AuditBinding } from '../calls/audit-binding.ts'
import type { MarkOptions } from '../decorators/mark.ts'
import { misused } from '../misused.ts'
import { AuditedRequest } from './audited-request.ts'
import { ExpressPlatform } from './express-platform.ts'
import { FastifyPlatform } from './fastify-platform.ts'
import type { Platform } from './platform.ts'
import { requestReader } from './request-reader.ts'

const connected = new WeakSet<object>()

/** Audits every request of the application. Throws for an HTTP platform that is neither Express nor Fastify. */
export function connectHttp(
  adapter: HttpAdapterHost['httpAdapter'],
  binding: AuditBinding,
  table: RouteTable<MarkOptions>,
): Platform {
  if (connected.has(adapter)) {
    throw misused(
      'AuditModule.forRoot() is imported twice, or by two applications that share an HTTP adapter. Import it once per adapter.',
    )
  }
  connected.add(adapter)
  const platform = platformOf(adapter, table)
  const reader = requestReader(binding)
  platform.connect((request, response) => new AuditedRequest(binding, reader, platform, request, response))
  return platform
}

function platformOf(adapter: HttpAdapterHost['httpAdapter'], table: RouteTable<MarkOptions>): Platform {
  const type: string = adapter.getType()
  if (type === 'express') return new ExpressPlatform(adapter, table)
  if (type === 'fastify') return new FastifyPlatform(adapter, table)
  throw misused(`@audit/nest does not support the HTTP platform '${type}'. Use Express or Fastify.`)
}
