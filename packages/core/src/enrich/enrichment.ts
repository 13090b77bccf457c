import { askNow } from '../ask-now.ts'
import type { Reporter } from '../logger.ts'
import type { Actor } from '../event/actor.ts'
import type { AuditEvent, Metadata } from '../event/event.ts'
import { setMember } from '../copy/set-member.ts'
import { plainCopy, type CopyLimits } from '../copy/plain-copy.ts'
import { changesBetween } from './changes.ts'
import type { Redactor } from './redact.ts'

// In: a captured event and the state before, if known. Out: the event as it will be written. Redaction is last, so nothing
// that is added here escapes it. Nothing is lost: an enricher that fails adds nothing, and the event continues without it.

/** Adds members to an event's metadata: the region, the release, the ticket. Synchronous; the result is copied. */
export type Enricher = (event: AuditEvent) => Partial<Metadata> | undefined

/** An event before enrichment. */
export interface Unenriched {
  readonly event: AuditEvent
  readonly before?: { readonly value: unknown; readonly complete: boolean; readonly truncated: readonly string[] }
  /** JSON pointers of the payload's secrets. */
  readonly secrets: readonly string[]
}

const limits: CopyLimits = { maxBytes: 8_192, maxStringBytes: 2_048, maxDepth: 6, maxMembers: 64 }

/** Members that enrichers add, and pointers to the parts that were cut. */
interface Additions {
  readonly members: Record<string, unknown>
  readonly truncated: readonly string[]
}

/** Computes the changes, redacts, and adds what the application's enrichers return. */
export class Enrichment {
  readonly #enrichers: readonly Enricher[]
  readonly #redact: Redactor
  readonly #reporter: Reporter

  constructor(enrichers: readonly Enricher[], redact: Redactor, reporter: Reporter) {
    this.#enrichers = enrichers
    this.#redact = redact
    this.#reporter = reporter
  }

  enrich({ event, before, secrets }: Unenriched): AuditEvent {
    let enriched = event
    if (before && event.status === 'success') {
      const { changes, isCut } = changesBetween(before.value, event.payload, { removals: before.complete })
      enriched = withTruncated({ ...enriched, changes }, [...before.truncated, ...(isCut ? ['/changes'] : [])])
    }
    // Values that an enricher copies from the event are hashed already, and must not be hashed again.
    const made = new Set<unknown>()
    const redacted = this.#redact(enriched, secrets, made)
    if (this.#enrichers.length === 0) return redacted
    // An enricher sees the event as it will be recorded, without secrets.
    const { members, truncated } = this.#additionsTo(redacted)
    const added = { ...redacted, metadata: { ...redacted.metadata, ...members } }
    return this.#redact(withTruncated(added, truncated), secrets, made)
  }

  #additionsTo(event: AuditEvent): Additions {
    const members: Record<string, unknown> = {}
    const truncated: string[] = []
    for (const enricher of this.#enrichers) {
      const copy = plainCopy(this.#ask(enricher, event), { limits, member: 'metadata' })
      truncated.push(...copy.truncated)
      for (const [key, value] of membersOf(copy.value)) {
        if (key !== 'actor' || isActor(value)) setMember(members, key, value)
      }
    }
    return { members, truncated }
  }

  #ask(enricher: Enricher, event: AuditEvent): unknown {
    const { value, trouble } = askNow<unknown>(() => enricher(event))
    if (trouble) this.#reporter.warn('enricher', `An enricher ${trouble}; events are recorded without its additions.`)
    return value
  }
}

function membersOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : []
}

/** An event must have an actor. */
function isActor(value: unknown): boolean {
  return typeof value === 'object' && value !== null && typeof (value as Partial<Actor>).authentication === 'string'
}

function withTruncated(event: AuditEvent, more: readonly string[]): AuditEvent {
  return more.length === 0 ? event : { ...event, truncated: [...(event.truncated ?? []), ...more] }
}
