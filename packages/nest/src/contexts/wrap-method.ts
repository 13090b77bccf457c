import { internalsOf } from '@audit/core/adapter'
import type { EventMark } from '../decorators/mark.ts'
import { replaceMethod, type ClassMethod } from '../discovery/methods.ts'
import { auditedCall } from './audited-call.ts'
import { currentCall } from './call-context.ts'
import { bindingOf, type AuditBinding } from '../calls/audit-binding.ts'

const WRAPPED: unique symbol = Symbol.for('@audit/nest.audited-method')

/** Records every call of the marked method, from any caller. Outside of an application the method runs unrecorded. */
export function wrapMethod(given: ClassMethod, mark: EventMark): void {
  const { method: original } = given
  // Wrapped already, by this application or another one in this process.
  if (Object.hasOwn(given.prototype, given.key) && WRAPPED in original) return

  function wrapped(this: object, ...args: unknown[]): unknown {
    const binding = bindingOf(this.constructor)
    const operation = () => original.apply(this, args)
    if (!binding) return operation()
    const call = currentCall()
    if (call?.handler === wrapped) call.phase = 'opened'
    return asWhoAsked(binding, args, () => auditedCall({ binding, mark, args, source: call?.source }, operation))
  }
  replaceMethod(given, Object.assign(wrapped, { [WRAPPED]: true }))
}

/** The actor is the one of the context, else of the job's snapshot (`queue.add(name, { …, audit: audit.snapshot() })`), else the system. */
function asWhoAsked<T>({ audit, system }: AuditBinding, args: readonly unknown[], callback: () => T): T {
  if (internalsOf(audit).context().actor !== undefined) return callback()
  const snapshot = (args[0] as { readonly data?: { readonly audit?: unknown } } | null | undefined)?.data?.audit
  return snapshot === undefined ? audit.run({ actor: system }, callback) : audit.restore(snapshot, callback)
}
