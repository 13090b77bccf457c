import { AuditError } from '../errors.ts'
import type { Publish } from '../diagnostics.ts'
import type { Reporter } from '../logger.ts'
import type { AnyCatalog, EventDefinition } from '../event/catalog.ts'
import type { AuditEvent, EventError, EventResponse, FailMode, Receipt, Status, Target } from '../event/event.ts'
import { oneLine } from '../copy/escape.ts'
import { data, involvesProxy } from '../copy/class-name.ts'
import { describeError } from '../event/event-error.ts'
import { unknownEvent } from '../event/nearest.ts'
import { plainCopy, type Conversion, type CopyLimits, type CopyOptions } from '../copy/plain-copy.ts'
import type { Stamp } from '../event/stamp.ts'
import type { AuditContext, ContextStorage } from './context.ts'
import { annotationMembers } from './call-options.ts'
import { HeldCopy } from './held-copy.ts'
import { invalidMark } from './mask-invalid.ts'
import type { MetadataOptions, MetadataReader } from './metadata.ts'
import { asynchronous, checkPayload, knownPayload } from './payload.ts'
import { cleanReason, targetOf } from './target.ts'

// In: a name and a payload of the application. Out: a draft that shares nothing with the application's objects, on its way to
// enrichment and intake. Nothing is lost here: a value that cannot be recorded as given is recorded as far as possible, or its
// caller is rejected.

export interface RecordOptions extends MetadataOptions {
  /** The state before the operation; `changes` are computed from it and the payload, for members that the schema knows. */
  readonly before?: unknown
  /** Default `success`. For any other status the payload may be partial, and is not checked against the schema. */
  readonly status?: Status
  readonly reason?: string
  readonly error?: unknown
  readonly target?: Target | string
  /**
   * For a call that nothing waits for: its event may wait up to the audit's `lingerMs` for others, so that they share one write and
   * one sync. A crash within that time loses it. Without effect on fail-closed events.
   */
  readonly linger?: boolean
}

export interface DeniedOptions extends Omit<RecordOptions, 'before' | 'status'> {
  readonly payload?: unknown
  /**
   * For adapters: records only a limited number of anonymous denials (the actor has no id) per minute; the rest is counted in
   * `audit:suppressed`.
   */
  readonly limited?: boolean
}

export interface BeginOptions extends Omit<RecordOptions, 'status' | 'error'> {
  /**
   * `if-closed`: writes `attempted` only for events whose `failMode` is `closed`; for adapters, which open an event for every
   * request.
   */
  readonly attempted?: 'always' | 'if-closed'
  /** Overrides the `failMode` of the event for this call. */
  readonly failMode?: FailMode
}

/** One event to be written, as the parts of capture pass it on. */
export interface Writing extends RecordOptions {
  readonly status: Status
  readonly payload: unknown
  readonly attempt?: string
  readonly response?: { readonly status?: number; readonly error?: unknown }
  /** The context in which it began; the context at the time of writing takes precedence. */
  readonly begunIn?: AuditContext
  readonly failMode?: FailMode
  readonly limited?: boolean
  /** The operation is done: nothing about its record may reject. */
  readonly outcome?: boolean
}

/** A captured event, with the data that enrichment needs. */
export interface Draft {
  readonly event: AuditEvent
  readonly definition: EventDefinition
  readonly before?: Before
  /** Estimated size of its JSON text in bytes. */
  readonly bytes: number
}

export interface Before {
  readonly value: unknown
  /** It fits its schema, so keys that the payload lacks count as removed. */
  readonly complete: boolean
  readonly truncated: readonly string[]
  readonly bytes: number
}

/** How a draft is to be submitted. */
export interface SubmitTerms {
  readonly failMode: FailMode
  /** May use the reserved part of the queue. */
  readonly privileged: boolean
  /** May be suppressed. */
  readonly limited: boolean
  /** May wait for others. */
  readonly linger: boolean
}

/** Takes what the recorder has captured. */
export interface DraftPipeline {
  submit(draft: Draft, terms: SubmitTerms): Promise<Receipt>
}

export interface RecorderOptions {
  readonly catalog: AnyCatalog
  readonly payload: CopyLimits
  readonly convert: readonly Conversion[]
  readonly failMode: FailMode
  readonly strict: boolean
}

/** The parts of an audit that the recorder uses. */
export interface RecorderParts {
  readonly stamp: Stamp
  readonly reporter: Reporter
  readonly publish: Publish
  readonly reader: MetadataReader
  readonly contexts: Pick<ContextStorage, 'current'>
}

/** Room for the members around the payload. */
const ENVELOPE_BYTES = 1_024

export class Recorder {
  readonly #options: RecorderOptions
  readonly #parts: RecorderParts
  readonly #pipeline: DraftPipeline
  readonly #copying: Omit<CopyOptions, 'member'>
  #invalid = 0

  constructor(options: RecorderOptions, parts: RecorderParts, pipeline: DraftPipeline) {
    this.#options = options
    this.#parts = parts
    this.#pipeline = pipeline
    this.#copying = { limits: options.payload, convert: options.convert, onClass: (name, form) => this.#reportClass(name, form) }
  }

  /** Number of events whose payload did not fit its schema; they were recorded all the same. */
  get invalid(): number {
    return this.#invalid
  }

  context(): AuditContext {
    return this.#parts.contexts.current()
  }

  /** Throws `AUDIT_UNKNOWN_EVENT`, naming the event that was probably meant. */
  definition(name: string): EventDefinition {
    const { catalog } = this.#options
    const definition = catalog.definitions.get(name)
    if (definition) return definition
    throw new AuditError('AUDIT_UNKNOWN_EVENT', `${unknownEvent(catalog, name)} Nothing was recorded.`)
  }

  failModeOf(definition: EventDefinition): FailMode {
    return definition.failMode ?? this.#options.failMode
  }

  /** The members of an annotation; one that is unknown or cannot be read is reported. Never throws. */
  annotationMembers(annotation: unknown): Partial<Writing> {
    return annotationMembers(annotation, this.#parts.reporter)
  }

  /** Copies an addition to an open event now, bounded and without running any of its code. Never throws. */
  hold(definition: EventDefinition, learnt: Partial<Writing>): Partial<Writing> {
    const { payload, before, target: given, actor, response, ...others } = learnt
    const held: { -readonly [K in keyof Writing]?: Writing[K] } = others
    if ('payload' in learnt) held.payload = this.#held(payload, 'payload')
    if ('before' in learnt) held.before = this.#held(before, 'changes')
    const target = given === undefined ? undefined : this.#target(definition, { target: given }, undefined)
    if (target) held.target = target
    if (actor !== undefined && actor !== null) held.actor = this.#parts.reader.actorOf(actor)
    if (response) held.response = responseOf(response)
    return held
  }

  /** Makes the event and submits it. Throws the errors of `record()`; the promise rejects only because of the journal. */
  write(definition: EventDefinition, writing: Writing): Promise<Receipt> {
    const draft = this.#capture(definition, writing)
    const decided = writing.outcome || writing.status === 'denied'
    const failMode = decided ? 'open' : (writing.failMode ?? this.failModeOf(definition))
    // The caller of an attempt waits for it, and so does the response of a fail-closed event for its outcome.
    const isAwaited = failMode === 'closed' || writing.status === 'attempted' || writing.attempt !== undefined
    return this.#pipeline.submit(draft, {
      failMode,
      privileged: decided,
      limited: writing.limited === true && draft.event.metadata.actor.id === undefined,
      linger: writing.linger === true && !isAwaited,
    })
  }

  #capture(definition: EventDefinition, writing: Writing): Draft {
    const { reader, stamp } = this.#parts
    const payload = this.#checkedPayload(definition, writing)
    const { attempt } = writing
    const reason = cleanReason(writing.reason)
    const error: EventError | undefined = writing.error === undefined ? undefined : describeError(writing.error)
    const target = this.#target(definition, writing, payload.value)
    const before = this.#before(definition, writing)
    const isComparable = before !== undefined && before !== 'unknown' && payload.value !== invalidMark
    const isCut = before !== undefined && !isComparable && writing.status === 'success'
    const truncated = isCut ? [...payload.truncated, '/changes'] : payload.truncated
    const event: { -readonly [K in keyof AuditEvent]: AuditEvent[K] } = {
      version: '1.0',
      type: definition.type,
      action: definition.action,
      metadata: reader.metadataOf(this.#contextOf(writing), writing),
      payload: payload.value ?? null,
      timestamp: stamp.timestamp(),
      id: stamp.id(),
      status: writing.status,
    }
    if (attempt !== undefined) event.attempt = attempt
    if (target) event.target = target
    if (reason !== undefined) event.reason = reason
    if (error) event.error = error
    if (writing.response) event.response = responseOf(writing.response)
    if (truncated.length > 0) event.truncated = truncated
    if (payload.invalid.length > 0) event.invalid = payload.invalid
    const bytes = payload.bytes + ENVELOPE_BYTES
    return isComparable ? { event, definition, before, bytes: bytes + before.bytes } : { event, definition, bytes }
  }

  /** The context in which the event began, with the members of the current one. */
  #contextOf({ begunIn }: Writing): AuditContext {
    const current = this.context()
    return begunIn === undefined || begunIn === current ? current : { ...begunIn, ...current }
  }

  #checkedPayload(definition: EventDefinition, writing: Writing) {
    const copying = { ...this.#copying, member: 'payload' }
    if (writing.status !== 'success') return knownPayload(definition, writing.payload, copying)
    const checked = checkPayload(definition, writing.payload, copying)
    if (checked.invalid.length === 0) return checked
    const places = checked.invalid.map(({ path, code }) => `${oneLine(path) || '/'} (${code})`).join(', ')
    if (!writing.outcome) this.#rejectMisfit(definition, checked.invalid[0]!.code, places)
    this.#invalid++
    this.#parts.publish('audit.event.invalid', { name: definition.name, codes: checked.invalid.map(({ code }) => code) })
    this.#parts.reporter.warn(
      `invalid ${definition.name}`,
      `A payload of '${definition.name}' does not fit its schema at ${places}; it is recorded as invalid.`,
    )
    return checked
  }

  #rejectMisfit(definition: EventDefinition, code: string, places: string): void {
    if (code === asynchronous.code) {
      throw new AuditError(
        'AUDIT_ASYNC_SCHEMA',
        `The schema of '${definition.name}' is asynchronous, or throws. Use a synchronous schema that does not throw. Nothing was recorded.`,
      )
    }
    if (definition.strict ?? (this.#options.strict || this.failModeOf(definition) === 'closed')) {
      throw new AuditError(
        'AUDIT_INVALID_EVENT',
        `The payload of '${definition.name}' does not fit its schema at ${places}. Nothing was recorded.`,
      )
    }
  }

  /** A state before that its schema refuses as a whole is unknown: there is nothing to compare. */
  #before(definition: EventDefinition, writing: Writing): Before | 'unknown' | undefined {
    if (writing.before === undefined || writing.before === null) return undefined
    const { payload: limits, convert } = this.#options
    const checked = checkPayload(definition, writing.before, { limits, convert, member: 'changes' })
    const { value, truncated, bytes } = checked
    return value === invalidMark ? 'unknown' : { value, truncated, bytes, complete: checked.invalid.length === 0 }
  }

  #target(definition: EventDefinition, given: Pick<Writing, 'target'>, payload: unknown): Target | undefined {
    return targetOf(definition, given, payload, { convert: this.#options.convert, reporter: this.#parts.reporter })
  }

  #held(value: unknown, member: string): unknown {
    const isGiven = value !== undefined && value !== null
    return isGiven ? new HeldCopy(plainCopy(value, { ...this.#copying, member })) : value
  }

  #reportClass(name: string, form: 'text' | 'data'): void {
    const advice = conversionFor(name, form)
    this.#parts.reporter.warn(`class ${name}`, `Instances of ${name} are recorded by their own data. ${advice}`)
  }
}

/** A class that has its own text, such as a decimal, is recorded as that text; an entity is recorded by its data. */
function conversionFor(name: string, form: 'text' | 'data'): string {
  if (form === 'text') return `To record their text instead, set convert: [[${name}, String]].`
  const member = name.charAt(0).toLowerCase() + name.slice(1)
  return `To confirm that, set convert: [[${name}, (${member}) => ({ ...${member} })]].`
}

/** Read as an error is: none of its code runs. */
function responseOf(response: object): EventResponse {
  if (involvesProxy(response)) return {}
  const { status } = describeError(response)
  const error = data(response, 'error')
  return { ...(status !== undefined && { status }), ...(error !== undefined && { error: describeError(error) }) }
}
