import type { OpenEvent, Target } from '@audit/core'
import { type BeginOptions, ask, askLater, takesPayload } from '@audit/core/adapter'
import { ServiceUnavailableException } from '@nestjs/common'
import type { DoneCall } from '../decorators/audit-decorators.ts'
import type { EventMark } from '../decorators/mark.ts'
import type { CallSource } from './call-source.ts'
import type { Owner } from './owner.ts'

/** One call of a marked method. */
export interface MarkedCall {
  readonly owner: Owner
  readonly mark: EventMark
  /** Empty if the call was refused before the method ran. */
  readonly args: readonly unknown[]
  /** The request or message of the call. A job does not have one. */
  readonly source?: CallSource | undefined
}

/** Opens the event of a call before the operation runs. Rejects if a fail-closed event cannot be recorded. */
export async function openEvent(call: MarkedCall): Promise<OpenEvent> {
  const { audit } = call.owner
  const { name, failMode, before: askBefore } = call.mark
  const { value: before } = askBefore ? await askLater(audit, `before of '${name}'`, () => askBefore(shown(call))) : {}
  const target = targetOf(call)
  try {
    return await audit.begin(name, null, { attempted: 'if-closed', failMode, before, target } as BeginOptions)
  } catch (error) {
    // A job fails with the original error.
    if (!call.source) throw error
    throw new ServiceUnavailableException('This operation is unavailable, because it cannot be audited.', { cause: error })
  }
}

/** The target of the operation, if the mark has a callback for it. */
export function targetOf(call: MarkedCall): Target | string | undefined {
  const { name, target } = call.mark
  return target && ask(call.owner.audit, `the target of '${name}'`, () => target(shown(call)) as Target | string | undefined)
}

/**
 * Annotates the event with its payload: the result of the mark's callback, else the payload that was annotated before, else the
 * result of the method. A result is copied before this returns, because the application may change it afterwards. Returns a promise
 * only if the callback is asynchronous. Never rejects.
 */
export function payloadOf(call: MarkedCall, event: OpenEvent, result: unknown): Promise<void> | undefined {
  const { payload: given } = call.mark
  if (event.settled) return undefined
  if (typeof given === 'function') {
    const asked = askLater(call.owner.audit, `the payload of '${event.name}'`, () => given({ ...shown(call), result }))
    return asked.then(({ value: payload }) => payload !== undefined && event.annotate({ payload })).then(() => undefined)
  }
  const isFree = event.payload === null || event.payload === undefined
  const isFit = given === undefined && typeof result === 'object' && result !== null
  if (isFree && isFit && takesPayload(call.owner.audit, event.name)) event.annotate({ payload: result })
  return undefined
}

function shown({ owner, args, source }: MarkedCall): DoneCall<any[], undefined> {
  return { ...source, args, get: owner.get } as unknown as DoneCall<any[], undefined>
}
