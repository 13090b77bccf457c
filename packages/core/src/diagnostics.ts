import { channel } from 'node:diagnostics_channel'

/**
 * Internal events on `node:diagnostics_channel`, for metrics and tracing without a dependency. Payloads are redacted before.
 * `audit` is the sending instance, since the whole process shares the channels.
 */
export interface DiagnosticMessages {
  /** An event was submitted; published before `record()` returns. It may still be rejected or lost. */
  'audit.event.captured': { readonly event: object }
  'audit.event.invalid': { readonly name: string; readonly codes: readonly string[] }
  'audit.events.recorded': { readonly count: number }
  'audit.events.lost': { readonly count: number; readonly reason: string }
  'audit.journal.failed': { readonly error: unknown }
  'audit.batch.delivered': { readonly sink: string; readonly count: number }
  'audit.batch.retried': { readonly sink: string; readonly count: number; readonly error: unknown; readonly delayMs: number }
  'audit.batch.refused': { readonly sink: string; readonly count: number; readonly error: unknown }
  'audit.event.dead-lettered': { readonly sink: string; readonly id: string }
  'audit.sink.parked': { readonly sink: string; readonly reason: string }
  'audit.sink.resumed': { readonly sink: string }
}

export type Publish = <N extends keyof DiagnosticMessages>(name: N, message: DiagnosticMessages[N]) => void

/** A publisher that stamps each message with its instance. Without listeners it costs one look-up. */
export function createPublisher(audit: object): Publish {
  const channels = new Map<string, ReturnType<typeof channel>>()
  return (name, message) => {
    let target = channels.get(name)
    if (!target) channels.set(name, (target = channel(name)))
    if (target.hasSubscribers) target.publish({ audit, ...message })
  }
}
