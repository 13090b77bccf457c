import type { AuditEvent } from '../../event/event.ts'
import type { LedgerEntry } from './fuzz-ledger.ts'

// The oracle: the expected events of one request, computed from the application's own ledger alone. It shares no code with the
// adapters' rule, so that a mistake there is not repeated here.

/** The statuses with which a middleware refuses: see docs/event.md. A guard refuses with any 4xx. */
const DENIALS = new Set([401, 402, 403, 404, 407, 429, 451])

export interface Expected {
  readonly status: readonly ('success' | 'failure' | 'denied')[]
  /** The event may also be missing: a router may not have matched the path to the route. */
  readonly isOptional?: boolean
}

/** The outcome that has to be recorded; undefined if there must be no event. */
export function expectedOutcome({ plan, handler, isRefused, stage }: LedgerEntry, isGuardClass: boolean): Expected | undefined {
  if (!plan.route?.event) return undefined
  if (handler) return { status: [statusOfHandler(plan, handler)] }
  const isOptional = plan.isOddPath && stage !== 'guard'
  const refuses = isRefused ? plan.refuses[stage!] : undefined
  // The framework itself answered: it does not accept the path or the body.
  if (!refuses) return { status: ['failure', 'denied'], isOptional: true }
  if (!('status' in refuses)) return { status: ['failure'], isOptional }
  const isDenied = stage === 'guard' && isGuardClass ? refuses.status >= 400 && refuses.status < 500 : DENIALS.has(refuses.status)
  return { status: [isDenied ? 'denied' : 'failure'], isOptional }
}

function statusOfHandler(
  plan: LedgerEntry['plan'],
  { state, status }: NonNullable<LedgerEntry['handler']>,
): 'success' | 'failure' | 'denied' {
  if (plan.handler === 'denies') return 'denied'
  if (plan.handler === 'records' || plan.handler === 'records-at-request-end') return 'success'
  // Sending the stream is the operation, so a stream that was not sent completely was not done.
  if (plan.handler === 'broken-stream' || plan.client === 'leaves-in-answer') return 'failure'
  if (plan.handler === 'stream' && plan.after === 'throws') return 'failure'
  const refusedWith = state === 'threw' && plan.handler === 'throws' ? plan.status : status
  if (refusedWith === 401 || refusedWith === 403) return 'denied'
  return state === 'threw' || refusedWith >= 400 ? 'failure' : 'success'
}

/** All differences between the events of one request and the ledger. */
export function disagreements(entry: LedgerEntry, events: readonly AuditEvent[], isGuardClass = false): readonly string[] {
  const { plan, handler } = entry
  const expected = expectedOutcome(entry, isGuardClass)
  const outcomes = events.filter(({ status }) => status !== 'attempted')
  const attempts = events.length - outcomes.length
  if (!expected) return events.map((event) => `false: ${brief(event)} of a route that is not audited`)
  if (outcomes.length === 0) return expected.isOptional ? [] : [`missing: ${plan.route!.event} ${expected.status.join(' or ')}`]
  if (outcomes.length > 1) return [`false: ${outcomes.length} outcomes: ${outcomes.map(brief).join(', ')}`]
  const event = outcomes[0]!
  const { actor, request } = event.metadata
  const isClosed = plan.route!.event === 'flag:purged'
  const problems: [isWrong: boolean, what: string][] = [
    [`${event.type}:${event.action}` !== plan.route!.event, `the event of another route`],
    [
      !(expected.status as readonly string[]).includes(event.status),
      `${event.status} instead of ${expected.status.join(' or ')}`,
    ],
    [(actor.id ?? '') !== (entry.isSignedIn ? plan.user : ''), `by '${actor.id ?? ''}'`],
    [request?.route !== plan.route!.pattern, `of route '${request?.route}'`],
    [event.target !== undefined && event.target.id !== (handler?.key ?? plan.key) && !plan.isOddPath, `on '${event.target?.id}'`],
    [event.target === undefined && handler !== undefined, 'without a target'],
    [attempts !== (isClosed && handler ? 1 : isClosed && attempts === 1 ? 1 : 0), `${attempts} attempts`],
    [!isOwnPayload(event, entry), `with the payload ${JSON.stringify(event.payload)}`],
    ...responseProblems(event, entry),
    [JSON.stringify(event).includes('secret'), 'with the text of an error'],
  ]
  return problems.filter(([isWrong]) => isWrong).map(([, what]) => `false: ${brief(event)}: ${what}`)
}

/** The payload of a success describes exactly what that request did. */
function isOwnPayload({ payload }: AuditEvent, { plan, handler }: LedgerEntry): boolean {
  if (payload === null || typeof payload !== 'object') return true
  const { by, key } = payload as { readonly by?: unknown; readonly key?: unknown }
  return by === plan.user && key === handler?.key
}

/** An operation that was done, while its client got another answer. */
function responseProblems({ status, response }: AuditEvent, { plan, handler, answer }: LedgerEntry): [boolean, string][] {
  const isSettledEarly = ['denies', 'records', 'records-at-request-end'].includes(plan.handler)
  if (status !== 'success' || isSettledEarly || plan.client !== 'reads' || answer === undefined) {
    return [[response !== undefined && status !== 'success', 'with a response']]
  }
  const hasFailed = answer >= 400 && (handler?.status ?? 200) < 400
  return [
    [hasFailed && response?.status !== answer, `with the response ${JSON.stringify(response)}, not ${answer}`],
    [!hasFailed && response !== undefined, `with the response ${JSON.stringify(response)}, and the client saw ${answer}`],
  ]
}

function brief({ type, action, status, reason }: AuditEvent): string {
  return `${type}:${action} ${status}${reason === undefined ? '' : ` (${reason})`}`
}
