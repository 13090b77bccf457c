import { Attempt } from '../capture/attempt.ts'
import { callOptions, reportUnknownOption } from '../capture/call-options.ts'
import type { Recorder, Writing } from '../capture/recorder.ts'
import { contextOf, snapshotOf } from '../capture/snapshot.ts'
import { handledRejection } from '../errors.ts'
import type { EventDefinition } from '../event/catalog.ts'
import type { Receipt } from '../event/event.ts'
import type { Intake } from '../intake/intake.ts'
import type { Audit } from './audit.ts'
import type { Runtime } from './runtime.ts'

export type RecordingApi<C> = Pick<
  Audit<C>,
  'record' | 'denied' | 'begin' | 'attempt' | 'run' | 'snapshot' | 'restore' | 'annotate'
>

/** The part of an audit that records: an event at once, an event of an operation, and the context of both. */
export function createRecordingApi<C>(
  { contexts, reader, reporter }: Runtime,
  recorder: Recorder,
  intake: Intake,
): RecordingApi<C> {
  const api: RecordingApi<C> = {
    record: (name, payload, options) =>
      rejecting(() => {
        const definition = recorder.definition(name)
        return settleOrWrite(definition, { status: 'success', ...callOptions('record', name, options), payload })
      }),
    denied: (name, options) =>
      rejecting(() => {
        const definition = recorder.definition(name)
        return settleOrWrite(definition, { ...callOptions('denied', name, options), status: 'denied' })
      }),
    begin: (name, known = null, options) =>
      rejecting(() => {
        const definition = recorder.definition(name)
        const begun = Attempt.begin(definition, known, callOptions('begin', name, options), recorder)
        begun.catch(() => undefined)
        return begun
      }),
    async attempt(name, payload, operation, options) {
      const event = await api.begin(name, payload as never, options)
      try {
        const result = await contexts.run({ event }, () => operation(event))
        await event.succeed()
        return result
      } catch (error) {
        await event.fail(error)
        throw error
      }
    },
    run(context, callback) {
      reportUnknownOption('run', context, reporter)
      return contexts.run(reader.copyContext(context), callback)
    },
    snapshot: () => snapshotOf(contexts.current(), reader),
    restore: (snapshot, callback) => contexts.replace(reader.copyContext(contextOf(snapshot, reporter)), callback),
    annotate(annotation) {
      const { event } = contexts.current()
      if (event) event.annotate(annotation)
      else reporter.warn('annotate', 'annotate() was called where no event is open; nothing was added.')
    },
  }

  /**
   * Settles the event of that name that is open in this context, or writes a new one. The call says if it may linger, because its
   * caller may wait for it, even if the event was opened to linger.
   */
  function settleOrWrite(
    definition: EventDefinition,
    outcome: Omit<Writing, 'payload'> & { readonly payload?: unknown },
  ): Promise<Receipt> {
    return (
      openEvent(definition.name)?.settle({ linger: false, ...outcome }) ??
      recorder.write(definition, { payload: null, ...outcome })
    )
  }

  /** Returns the event of that name that is open in this context. */
  function openEvent(name: string): Attempt | undefined {
    const { event } = contexts.current()
    return Attempt.isAttempt(event) && event.name === name && !event.settled ? event : undefined
  }

  /** Turns an error into a rejection that is handled already: not awaiting a call must never crash the process. */
  function rejecting<T>(call: () => Promise<T>): Promise<T> {
    try {
      return call()
    } catch (error) {
      intake.countRejected()
      return handledRejection(error)
    }
  }

  return api
}
