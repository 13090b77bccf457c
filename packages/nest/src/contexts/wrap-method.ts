import { internalsOf } from '@audit/core/adapter'
import type { EventMark } from '../decorators/mark.ts'
import { replaceMethod, type ClassMethod } from '../discovery/methods.ts'
import { auditedCall } from './audited-call.ts'
import { currentCall } from './call-context.ts'
import { ownerOf, type Owner } from '../calls/owner.ts'

const WRAPPED: unique symbol = Symbol.for('@audit/nest.audited-method')

/** Makes the marked method record what it does, whoever calls it. Outside of an application it passes through. */
export function wrapMethod(given: ClassMethod, mark: EventMark): void {
  const { method: original } = given
  // A second time, or a second application of this process.
  if (Object.hasOwn(given.prototype, given.key) && WRAPPED in original) return

  function wrapped(this: object, ...args: unknown[]): unknown {
    const owner = ownerOf(this.constructor)
    const deed = () => original.apply(this, args)
    if (!owner) return deed()
    const call = currentCall()
    if (call?.handler === wrapped) call.phase = 'opened'
    return asWhoAsked(owner, args, () => auditedCall({ owner, mark, args, source: call?.source }, deed))
  }
  replaceMethod(given, Object.assign(wrapped, { [WRAPPED]: true }))
}

/** A job acts for whoever is in its snapshot (`queue.add(name, { …, audit: audit.snapshot() })`); what nobody asked for, for the system. */
function asWhoAsked<T>({ audit, system }: Owner, args: readonly unknown[], callback: () => T): T {
  if (internalsOf(audit).context().actor !== undefined) return callback()
  const snapshot = (args[0] as { readonly data?: { readonly audit?: unknown } } | null | undefined)?.data?.audit
  return snapshot === undefined ? audit.run({ actor: system }, callback) : audit.restore(snapshot, callback)
}
