import type { OpenEvent, Target } from '@audit/core'
import { askLater, beginMarked, isDefaultPayload, targetOfMark, UNAVAILABLE } from '@audit/core/adapter'
import { ServiceUnavailableException } from '@nestjs/common'
import type { DoneCall } from '../decorators/mark.ts'
import type { EventMark } from '../decorators/mark.ts'
import type { CallSource } from './call-source.ts'
import type { AuditBinding } from './audit-binding.ts'

/** One call of a marked method. */
export interface MarkedCall {
  readonly binding: AuditBinding
  readonly mark: EventMark
  /** Empty if the call was refused before the method ran. */
  readonly args: readonly unknown[]
  /** The request or message of the call. A job does not have one. */
  readonly source?: CallSource | undefined
}

/** Opens the event of a call before the operation runs. Rejects if a fail-closed event cannot be recorded. */
export async function openEvent(call: MarkedCall): Promise<OpenEvent> {
  try {
    return await beginMarked(call.binding.audit, call.mark, shown(call))
  } catch (error) {
    // A job fails with the original error.
    if (!call.source) throw error
    throw new ServiceUnavailableException(UNAVAILABLE, { cause: error })
  }
}

/** The target of the operation, if the mark has a callback for it. */
export function targetOf(call: MarkedCall): Target | string | undefined {
  return targetOfMark(call.binding.audit, call.mark, shown(call))
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
    const asked = askLater(call.binding.audit, `the payload of '${event.name}'`, () => given({ ...shown(call), result }))
    return asked.then(({ value: payload }) => payload !== undefined && event.annotate({ payload })).then(() => undefined)
  }
  if (given === undefined && isDefaultPayload(call.binding.audit, event, result)) event.annotate({ payload: result })
  return undefined
}

function shown({ binding, args, source }: MarkedCall): DoneCall<any[], undefined> {
  return { ...source, args, get: binding.get } as unknown as DoneCall<any[], undefined>
}
