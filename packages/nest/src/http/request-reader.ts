import type { RequestReader } from '@audit/core/adapter'
import type { AuditBinding } from '../calls/audit-binding.ts'
import { httpSource } from '../calls/call-source.ts'

/** Returns how core reads the requests of an application, on Express and on Fastify. */
export function requestReader({ actor, tenant, requestId, userAgent }: AuditBinding): RequestReader<any> {
  return {
    method: (request) => request.method,
    ip: (request) => request.ip,
    socketIp: (request) => (request.raw ?? request).socket?.remoteAddress,
    header: (request, name) => request.headers[name],
    actor: (request) => actor(httpSource(request)),
    tenant: (request) => tenant?.(httpSource(request)),
    requestId,
    userAgent,
  }
}
