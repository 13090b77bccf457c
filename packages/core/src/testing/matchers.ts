import type { AuditEvent, Status } from '../event/event.ts'
import type { AuditWatch } from './recorder.ts'

/** Members that an event must have besides its name and payload; others may have any value. */
export interface AuditedOptions extends Partial<Omit<AuditEvent, 'type' | 'action' | 'payload' | 'status'>> {
  /** Default `success`. */
  readonly status?: Status
  /** Number of events that must match. Default 1: recording an operation twice is a mistake as well. */
  readonly times?: number
}

/** The part of vitest's and jest's matcher context that is used here. */
interface MatcherContext {
  readonly isNot?: boolean
  equals(actual: unknown, expected: unknown, testers?: unknown[]): boolean
  readonly utils: {
    readonly subsetEquality: unknown
    readonly iterableEquality: unknown
    stringify(value: unknown, ...rest: any[]): string
  }
}

export interface MatcherResult {
  readonly pass: boolean
  message(): string
}

/** Matchers for `expect.extend()`. `@audit/core/testing/vitest` and `@audit/core/testing/jest` do that, and add the types. */
export const auditMatchers: {
  toHaveAudited(
    this: MatcherContext,
    received: unknown,
    name?: string,
    payload?: unknown,
    options?: AuditedOptions,
  ): MatcherResult
  toBeComplete(this: Pick<MatcherContext, 'isNot'>, received: unknown): MatcherResult
} = {
  /**
   * Passes if exactly one event (or `times`) has that name, status `success` (or `status`), and contains the payload and the
   * other given members. Without a name: passes if any event was recorded, for use with `.not`.
   */
  toHaveAudited(received, name, payload, options = {}) {
    const { events } = watched(received)
    const { times = 1, status = 'success', ...members } = options
    const contains = (actual: unknown, expected: unknown) =>
      expected === undefined || this.equals(actual, expected, [this.utils.subsetEquality, this.utils.iterableEquality])
    const matching = events.filter(
      (event) =>
        name === undefined ||
        (nameOf(event) === name && event.status === status && contains(event.payload, payload) && contains(event, members)),
    )
    // "Not audited" means never, not "some other number of times".
    const pass = name === undefined || this.isNot ? matching.length > 0 : matching.length === times
    const message = () => {
      const withPayload = payload === undefined ? '' : ` with ${this.utils.stringify(payload)}`
      const wanted = name === undefined ? 'any' : `'${name}' (${status})${withPayload}`
      return `Expected ${this.isNot ? 'no' : times} event: ${wanted}. ${matching.length} match. Recorded were:\n${listOf(events)}`
    }
    return { pass, message }
  },

  /** Passes if every route that changes something is audited or exempt; a failure names the other routes. */
  toBeComplete(received) {
    const { isComplete, missing, unused } = coverageOf(received)
    const routes = missing.map(({ method, route, handler }) => `  ${method} ${route}${handler ? ` (${handler})` : ''}`)
    const parts = [
      ...(routes.length > 0 ? ['Expected every route to be audited. These are not:', ...routes, howToMark] : []),
      ...(unused.length > 0 ? ['The table of routes has keys that match no route:', ...unused.map((key) => `  ${key}`)] : []),
    ]
    const message = () =>
      isComplete ? 'Expected some route not to be audited, but all are audited or exempt.' : parts.join('\n')
    return { pass: isComplete, message }
  },
}

const howToMark = 'Mark each with the event it records, or write why it needs none.'

/** The part of `auditCoverage()`'s report that is used here. */
interface Coverage {
  readonly isComplete: boolean
  readonly missing: readonly { readonly method: string; readonly route: string; readonly handler?: string }[]
  readonly unused: readonly string[]
}

function coverageOf(received: unknown): Coverage {
  const { missing, unused } = (received ?? {}) as Partial<Coverage>
  if (Array.isArray(missing) && Array.isArray(unused)) return received as Coverage
  throw new TypeError('toBeComplete() needs the result of auditCoverage(). For an application it is a promise: await it.')
}

function watched(received: unknown): AuditWatch {
  const { events } = (received ?? {}) as Partial<AuditWatch>
  if (Array.isArray(events)) return received as AuditWatch
  throw new TypeError('toHaveAudited() needs the result of auditRecorder() or watchAudit().')
}

function listOf(events: readonly AuditEvent[]): string {
  if (events.length === 0) return '  (nothing)'
  return events.map((event) => `  ${nameOf(event)} (${event.status}) ${JSON.stringify(event.payload)}`).join('\n')
}

function nameOf(event: AuditEvent): string {
  return `${event.type}:${event.action}`
}
