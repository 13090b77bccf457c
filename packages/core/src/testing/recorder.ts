import { memoryJournal } from '../journal/memory-journal.ts'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Audit } from '../audit/audit.ts'
import { createAudit } from '../create-audit.ts'
import type { AnyCatalog } from '../event/catalog.ts'
import { encodeEvent } from '../event/encode.ts'
import type { AuditEvent } from '../event/event.ts'
import type { AuditOptions } from '../options/audit-options.ts'

/** The events of an audit, as its sinks will get them, without `source` and `sequence`. */
export interface AuditWatch extends Disposable {
  /** Oldest first. An event is here before the call that recorded it returns. The library's own events are not included. */
  readonly events: readonly AuditEvent[]
  /** Forgets the events seen so far. */
  clear(): void
  /** Sees no more events; keeps those it has seen. */
  stop(): void
}

/** Watches an audit that the application made. Sees every captured event, even if the audit is closed or its journal full. */
export function watchAudit(audit: object): AuditWatch {
  const events: AuditEvent[] = []
  const see = (message: unknown) => {
    const captured = message as { readonly audit: object; readonly event: AuditEvent }
    if (captured.audit !== audit) return
    const { head } = encodeEvent(captured.event, Number.MAX_SAFE_INTEGER)
    events.push(JSON.parse(`${head}}`) as AuditEvent)
  }
  subscribe('audit.event.captured', see)
  const stop = () => void unsubscribe('audit.event.captured', see)
  return { events, clear: () => void (events.length = 0), stop, [Symbol.dispose]: stop }
}

/** An audit for applications' tests. */
export interface AuditRecorder<C = AnyCatalog> extends Audit<C>, Omit<AuditWatch, typeof Symbol.dispose> {}

export type AuditRecorderOptions<C extends AnyCatalog> = Omit<AuditOptions<C>, 'service'> & { readonly service?: string }

/** Creates an audit that shows its events, in memory, without output on stderr, and `strict` by default. */
export function auditRecorder<const C extends AnyCatalog>(options: AuditRecorderOptions<C>): AuditRecorder<C> {
  const silent = { warn: () => undefined, error: () => undefined }
  const audit = createAudit({
    service: 'test',
    strict: true,
    logger: silent,
    journal: memoryJournal(),
    ...options,
  } as AuditOptions<C>)
  const watch = watchAudit(audit)
  const close: Audit<C>['close'] = (closeOptions) => {
    // It settles requests that are still open.
    const closing = audit.close(closeOptions)
    watch.stop()
    return closing
  }
  return { ...audit, events: watch.events, clear: watch.clear, stop: watch.stop, close, [Symbol.asyncDispose]: () => close() }
}
