import type { OpenEvent } from '../capture/open-event.ts'
import type { BeginOptions } from '../capture/recorder.ts'
import type { Target } from '../event/event.ts'
import { ask, askLater } from './ask.ts'
import { takesPayload } from './event-names.ts'

/** The event of an operation, and how to record it. `A` is what its callbacks receive. */
export interface OperationMark<A> {
  readonly name: string
  readonly failMode?: BeginOptions['failMode'] | undefined
  readonly before?: ((argument: A) => unknown) | undefined
  readonly target?: ((argument: A) => unknown) | undefined
}

/** The part of an audit that is used here. */
interface Beginning {
  begin(name: string, payload: null, options: BeginOptions): Promise<OpenEvent>
}

/**
 * Opens the event of a marked operation before the operation runs. Rejects if a fail-closed event cannot be recorded. The outcome
 * of any other event may linger, because adapters do not wait for it.
 */
export function beginMarked<A>(audit: object, mark: OperationMark<A>, argument: A): Promise<OpenEvent> {
  const { name, failMode, before: askBefore } = mark
  const target = targetOfMark(audit, mark, argument)
  const begin = (before: unknown) => {
    const options = { attempted: 'if-closed', linger: true, failMode, before, target } as BeginOptions
    return (audit as Beginning).begin(name, null, options)
  }
  if (!askBefore) return begin(undefined)
  return askLater(audit, `before of '${name}'`, () => askBefore(argument)).then(({ value }) => begin(value))
}

/** The target of the operation, if its mark has a callback for it. */
export function targetOfMark<A>(audit: object, { name, target }: OperationMark<A>, argument: A): Target | string | undefined {
  return target && ask(audit, `the target of '${name}'`, () => target(argument) as Target | string | undefined)
}

/** True if the result of an operation becomes its payload: no payload was annotated, and the event takes one. */
export function isDefaultPayload(audit: object, event: Pick<OpenEvent, 'name' | 'payload'>, result: unknown): boolean {
  if (event.payload !== null && event.payload !== undefined) return false
  return typeof result === 'object' && result !== null && takesPayload(audit, event.name)
}
