import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Router from '@koa/router'
import { defineEvents, noPayload, type AuditEvent } from '@audit/core'
import { auditRecorder } from '@audit/core/testing'
import Koa from 'koa'
import { onTestFinished } from 'vitest'
import { koaAudit } from '../src/index.ts'

export const events = defineEvents({
  flag: { read: noPayload, created: noPayload, deleted: noPayload },
  session: { opened: noPayload, closed: noPayload },
})

/** An application without middleware, and its audit. */
export function setUp() {
  const audit = auditRecorder({ events })
  return { audit, app: Object.assign(new Koa(), { silent: true }), router: new Router(), ...koaAudit(audit) }
}

/** Serves an application until the test has finished. Sends `POST /path`, and resolves with the status of the answer. */
export async function serve(app: Koa): Promise<(request: string, init?: RequestInit) => Promise<number>> {
  const server = createServer(app.callback()).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return async (request, init) => {
    const [method = '', path = ''] = request.split(' ')
    const response = await fetch(url + path, { method, redirect: 'manual', ...init })
    await response.text().catch(() => undefined)
    return response.status
  }
}

/** One line for an event: its outcome, actor and target. */
export function brief({ type, action, status, reason, metadata, target, response }: AuditEvent): string {
  const late = response ? ` | ${response.status} ${response.error?.kind}` : ''
  return `${type}:${action} ${status}${reason ? ` ${reason}` : ''} by ${metadata.actor.id ?? 'no one'} on ${target?.id}${late}`
}
