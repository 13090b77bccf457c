import { channel } from 'node:diagnostics_channel'

/**
 * What happens inside, on `node:diagnostics_channel`, for metrics and tracing without a dependency. Payloads were redacted
 * before they come here. `audit` is the instance that speaks, since channels are shared by the whole process.
 */
export interface DiagnosticMessages {
  /** An event was taken in, before `record()` returns. It may still be rejected or lost. */
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

/** A publisher that stamps each message with the instance it belongs to. Costs a look-up when nobody listens. */
export function createPublisher(audit: object): Publish {
  const channels = new Map<string, ReturnType<typeof channel>>()
  return (name, message) => {
    let target = channels.get(name)
    if (!target) channels.set(name, (target = channel(name)))
    if (target.hasSubscribers) target.publish({ audit, ...message })
  }
}
