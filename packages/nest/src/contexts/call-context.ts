import { AsyncLocalStorage } from 'node:async_hooks'
import type { AuditContext } from '@audit/core'
import { actorAt, ask, internalsOf, requestId, traceOf, type AdapterContext } from '@audit/core/adapter'
import type { ExecutionContext } from '@nestjs/common'
import { addressOf, callSource, requestOf, type CallSource } from '../calls/call-source.ts'
import { bindingOf, type AuditBinding } from '../calls/audit-binding.ts'

/** One GraphQL field, RPC message or WebSocket message that passes guards, interceptors, pipes and its handler. */
export interface Call {
  readonly binding: AuditBinding
  readonly source: CallSource
  readonly context: AuditContext
  readonly handler: unknown
  /** The asynchronous context of the part of the call that ran first. */
  surroundings?: AdapterContext
  /** `waiting` until its handler opens an event, or a guard's refusal is recorded. */
  phase: 'waiting' | 'opened' | 'refused'
}

// Each guard and interceptor receives its own context object. They share the arguments.
const calls = new WeakMap<readonly unknown[], Call>()
const current = new AsyncLocalStorage<Call>()

/** Returns the current call. Undefined in HTTP routes. */
export function currentCall(): Call | undefined {
  return current.getStore()
}

/** Returns the call of a context. Undefined for HTTP routes, and for classes that belong to no audited application. */
export function callOf(context: ExecutionContext): Call | undefined {
  const args: readonly unknown[] = context.getArgs()
  const known = calls.get(args)
  if (known) return known
  const source = callSource(context)
  const binding = source && bindingOf(context.getClass())
  if (!binding) return undefined
  const call: Call = {
    binding,
    source,
    context: contextOf(context, source, binding),
    handler: context.getHandler(),
    phase: 'waiting',
  }
  calls.set(args, call)
  return call
}

/** Runs a part of the call in the context of the call, whatever the current context is. */
export function runCall<T>(call: Call, callback: () => T): T {
  const { audit } = call.binding
  if (current.getStore() === call) return callback()
  if (call.surroundings) return current.run(call, () => internalsOf(audit).enter(call.surroundings!, callback))
  return current.run(call, () =>
    audit.run(call.context, () => {
      call.surroundings = internalsOf(audit).context()
      return callback()
    }),
  )
}

/** Evaluates nothing before an event needs it: a call that records nothing costs only this object. */
function contextOf(
  context: ExecutionContext,
  source: CallSource,
  { audit, actor, tenant, requestId: ownId, userAgent }: AuditBinding,
): AuditContext {
  const { request } = source
  let id: string | undefined
  const givenId = () =>
    ownId && request ? ask(audit, 'the request id', () => ownId(request)) : request?.headers?.['x-request-id']
  const idOf = () => (id ??= requestId(givenId()))
  return {
    actor: () => actorAt(audit, addressOf(source), () => actor(source)),
    request: () => requestOf(context.getHandler(), source, idOf(), userAgent),
    trace: () => traceOf(request?.headers?.['traceparent']),
    ...(tenant && { tenant: () => tenant(source) }),
  }
}
