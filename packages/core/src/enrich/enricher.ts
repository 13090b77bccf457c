import type { Reporter } from '../logger.ts'
import type { AuditEvent, Metadata } from '../event/event.ts'
import { setMember } from '../event/set-member.ts'
import { plainCopy, type CopyLimits } from '../event/plain-copy.ts'
import { changesBetween } from './changes.ts'
import type { Redactor } from './redact.ts'

// In: a captured event and what is known of the state before. Out: the event as it will be written. Redaction is last, so nothing that
// is added here escapes it. Nothing is lost: an enricher that fails adds nothing, and the event goes on.

/** Adds members to an event's metadata: the region, the release, the ticket. Synchronous; what it returns is copied. */
export type Enricher = (event: AuditEvent) => Partial<Metadata> | undefined

/** An event before enrichment. */
export interface Unenriched {
  readonly event: AuditEvent
  readonly before?: { readonly value: unknown; readonly complete: boolean }
  /** JSON pointers of the payload's secrets. */
  readonly secrets: readonly string[]
}

export type Enrich = (draft: Unenriched) => AuditEvent

const limits: CopyLimits = { maxBytes: 8_192, maxStringBytes: 2_048, maxDepth: 6, maxMembers: 64 }

export function createEnrich(enrichers: readonly Enricher[], redact: Redactor, reporter: Reporter): Enrich {
  function additions(event: AuditEvent): Partial<Metadata> {
    const added: Record<string, unknown> = {}
    for (const enricher of enrichers) {
      try {
        const copy = plainCopy(enricher(event), { limits, member: 'metadata' }).value
        for (const [key, value] of Object.entries(copy ?? {})) setMember(added, key, value)
      } catch {
        reporter.warn('enricher', 'An enricher threw; events are recorded without what it adds.')
      }
    }
    return added
  }

  return ({ event, before, secrets }) => {
    let enriched = event
    if (before && event.status === 'success') {
      const changes = changesBetween(before.value, event.payload, { removals: before.complete })
      enriched = { ...enriched, changes }
    }
    // An enricher sees what will be recorded, and no secret.
    if (enrichers.length > 0) {
      enriched = { ...enriched, metadata: { ...enriched.metadata, ...additions(redact(enriched, secrets)) } }
    }
    return redact(enriched, secrets)
  }
}
