import type { EventDefinition } from '../event/catalog.ts'
import type { Receipt } from '../event/event.ts'
import { HeldCopy } from './held-copy.ts'
import type { Annotation, OpenEvent } from './open-event.ts'
import { describeError, statusOf } from '../event/event-error.ts'
import type { BeginOptions, Recorder, RecordOptions, Writing } from './recorder.ts'

/** An event between its attempt and its outcome. States: open, settled. */
export class Attempt implements OpenEvent<any> {
  readonly name: string
  readonly #definition: EventDefinition
  readonly #recorder: Recorder
  /** Copies made when each value was handed over, so that later changes by the application do not reach them. */
  #known: Partial<Writing>
  #outcome: Promise<Receipt> | undefined

  private constructor(definition: EventDefinition, recorder: Recorder, known: Partial<Writing>) {
    this.name = definition.name
    this.#definition = definition
    this.#recorder = recorder
    this.#known = known
  }

  /** Writes `attempted`, if requested, and resolves with the open event once that is held. Throws or rejects as `record()` does. */
  static begin(
    definition: EventDefinition,
    payload: unknown,
    { attempted = 'always', ...options }: BeginOptions,
    recorder: Recorder,
  ): Promise<Attempt> {
    const held = recorder.hold(definition, { ...options, payload })
    const attempt = new Attempt(definition, recorder, { ...held, begunIn: recorder.context() })
    const isWritten = attempted === 'always' || (options.failMode ?? recorder.failModeOf(definition)) === 'closed'
    return isWritten ? attempt.#writeAttempted(held) : Promise.resolve(attempt)
  }

  async #writeAttempted(held: Partial<Writing>): Promise<Attempt> {
    const { before: _, ...known } = held
    const receipt = await this.#recorder.write(this.#definition, { payload: null, ...known, status: 'attempted' })
    this.#known = { ...this.#known, attempt: receipt.id }
    return this
  }

  /** Asked for instead of the class: a Proxy cannot answer. */
  static isAttempt(value: unknown): value is Attempt {
    return typeof value === 'object' && value !== null && #recorder in value
  }

  get settled(): boolean {
    return this.#outcome !== undefined
  }

  get attempt(): string | undefined {
    return this.#known.attempt
  }

  get payload(): any {
    const { payload } = this.#known
    return HeldCopy.isHeld(payload) ? payload.value : payload
  }

  annotate(annotation: Annotation): void {
    this.#known = { ...this.#known, ...this.#recorder.hold(this.#definition, this.#recorder.annotationMembers(annotation)) }
  }

  succeed(payload?: unknown): Promise<Receipt> {
    return this.settle(payload === undefined ? { status: 'success' } : { status: 'success', payload })
  }

  fail(error?: unknown, reason?: string): Promise<Receipt> {
    const described = describeError(error)
    const why = reason ?? this.#known.reason ?? (error === undefined ? undefined : reasonOf(described))
    return this.settle({
      status: statusOf(described),
      ...(error !== undefined && { error }),
      ...(why !== undefined && { reason: why }),
    })
  }

  deny(reason?: string, error?: unknown): Promise<Receipt> {
    return this.settle({
      status: 'denied',
      reason: reason ?? this.#known.reason ?? 'denied',
      ...(error !== undefined && { error }),
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.settled) await this.settle({ status: 'failure', reason: 'abandoned' })
  }

  /** Writes the outcome, once. Never rejects. */
  settle(outcome: RecordOptions & { readonly status: Writing['status']; readonly payload?: unknown }): Promise<Receipt> {
    // An adapter may return a value that it read here. The marks of removed parts belong to the copy that has them.
    const isHeld = outcome.payload !== undefined && outcome.payload === this.payload
    return (this.#outcome ??= this.#recorder.write(this.#definition, {
      payload: null,
      ...this.#known,
      ...outcome,
      ...(isHeld && { payload: this.#known.payload }),
      outcome: true,
    }))
  }
}

function reasonOf(error: ReturnType<typeof describeError>): string {
  if (error.status === 401) return 'unauthenticated'
  if (error.status === 403) return 'forbidden'
  return error.code ?? error.kind
}
