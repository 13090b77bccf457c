import { escapeUnsafe, type AuditEvent, type Batch } from '@audit/core/sink'

/** A batch as text: one line an event, each with its end. */
export function encodeBatch(batch: Batch, format: 'native' | 'flipt'): string {
  const lines = format === 'native' ? batch.lines : batch.events.map(fliptLine)
  return `${lines.join('\n')}\n`
}

/** Flipt leaves out what it does not know, and writes no empty texts. */
function withoutEmpty(members: Record<string, string | undefined>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value))
}

/** The members and their order are those of Flipt's audit log, version 0.2; its times have whole seconds. */
function fliptLine(event: AuditEvent): string {
  const { authentication, ip, email, name, picture } = event.metadata.actor
  return escapeUnsafe(
    JSON.stringify({
      version: '0.2',
      type: event.type,
      action: event.action,
      status: event.status,
      metadata: { actor: withoutEmpty({ authentication, ip, email, name, picture }) },
      payload: event.payload,
      timestamp: `${event.timestamp.slice(0, 19)}Z`,
    }),
  )
}
