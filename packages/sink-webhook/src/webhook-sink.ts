import { AuditError, SinkError, type Sink } from '@audit/core/sink'
import { Connection } from './connection.ts'
import { encodeBatch } from './encode.ts'
import { sendMessage } from './send-message.ts'
import { resolveWebhookSinkOptions, type WebhookSinkOptions } from './webhook-sink-options.ts'

/**
 * Posts events to a URL: one request per batch or per event, in order over one connection. A batch is stored when the receiver has
 * answered each of its requests with 2xx. A retried batch has the same `webhook-id`.
 */
export function webhookSink(given: WebhookSinkOptions): Sink {
  const options = resolveWebhookSinkOptions(given)
  const { url, name, statuses, systemEvents } = options
  const connection = new Connection(options)
  let isClosed = false

  return {
    name,
    ...(statuses && { statuses }),
    ...(systemEvents !== undefined && { systemEvents }),
    async write(batch, { signal }) {
      signal.throwIfAborted()
      if (isClosed) throw new AuditError('AUDIT_CLOSED', `The sink for ${url.host} is closed.`)
      let stored = 0
      try {
        for (const message of encodeBatch(batch, options.encoding)) {
          await sendMessage(message, connection, options, signal)
          stored += message.count
        }
      } catch (error) {
        throw stored === 0 ? error : behind(stored, error)
      }
    },
    async close() {
      isClosed = true
      await connection.close()
    },
  }
}

/** The same error, with the number of events that are stored. */
function behind(stored: number, error: unknown): SinkError {
  if (!SinkError.isInstance(error)) return new SinkError(`The batch ended after ${stored} events.`, { stored, cause: error })
  const { message, retryable, retryAfterMs, parks, cause } = error
  return new SinkError(message, {
    retryable,
    stored,
    cause,
    ...(parks && { parks }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  })
}
