import { createHash } from 'node:crypto'
import { AuditError, type Anchor } from '@audit/core/sink'
import { Connection } from './connection.ts'
import { sendMessage } from './send-message.ts'
import { resolveWebhookSinkOptions, type WebhookSinkOptions } from './webhook-sink-options.ts'

/** The options of a sink, without those for events. */
export interface WebhookAnchorOptions extends Omit<WebhookSinkOptions, 'format' | 'encoding' | 'body' | 'statuses' | 'accepts'> {
  /** The shortest time between two checkpoints of one log. Default 60,000. */
  readonly everyMs?: number
}

/** Enough of the digest to distinguish checkpoints. */
const ID_DIGITS = 32

/**
 * Posts each checkpoint to a URL that keeps it: `{ origin, size, checkpoint }` as JSON, signed like events. It counts as kept after
 * a 2xx answer; until then it is sent again, under the same `webhook-id`. Throws one `AUDIT_INVALID_OPTIONS` that lists all problems
 * and shows no value of any option.
 */
export function webhookAnchor(anchorOptions: WebhookAnchorOptions): Anchor {
  const { everyMs = 60_000, ...given } = Object(anchorOptions) as WebhookAnchorOptions
  if (!Number.isInteger(everyMs) || everyMs < 1) {
    const problems = ['everyMs: give a whole number above 0']
    throw new AuditError('AUDIT_INVALID_OPTIONS', `The options of webhookAnchor are wrong: ${problems[0]}.`, { problems })
  }
  const options = resolveWebhookSinkOptions(given)
  const connection = new Connection(options)
  return {
    name: options.name,
    everyMs,
    async publish({ origin, size, checkpoint }, { signal }) {
      const body = Buffer.from(JSON.stringify({ origin, size, checkpoint }))
      const id = `checkpoint_${createHash('sha256').update(body).digest('hex').slice(0, ID_DIGITS)}`
      await sendMessage({ id, contentType: 'application/json', body, count: 1 }, connection, options, signal)
    },
    close: () => connection.close(),
  }
}
