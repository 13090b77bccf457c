import { SinkError, type AuditEvent, type Batch } from '@audit/core/sink'
import { deliveryId } from './delivery-id.ts'

/** `array` and `ndjson`: the whole batch in one request. A function: one request per event, with the text that it returns. */
export type Encoding = 'array' | 'ndjson' | ((event: AuditEvent, line: string) => string)

/** One request for the first `count` events that are not sent yet. */
export interface Message {
  readonly id: string
  readonly contentType: 'application/json' | 'application/x-ndjson'
  readonly body: Buffer
  readonly count: number
}

/**
 * Encodes a batch as requests, in order. Throws a SinkError that is not retryable at an event that cannot be encoded, after it has
 * yielded the requests before it.
 */
export function* encodeBatch(batch: Batch, encoding: Encoding): Generator<Message, void, undefined> {
  if (encoding === 'array') yield messageOf(batch, `[${batch.lines.join(',')}]`)
  else if (encoding === 'ndjson') yield messageOf(batch, `${batch.lines.join('\n')}\n`, 'application/x-ndjson')
  else for (let index = 0; index < batch.lines.length; index++) yield eventMessage(batch.slice(index, index + 1), encoding)
}

function messageOf(batch: Batch, text: string, contentType: Message['contentType'] = 'application/json'): Message {
  return { id: deliveryId(batch), contentType, body: Buffer.from(text), count: batch.lines.length }
}

function eventMessage(batch: Batch, encode: Exclude<Encoding, string>): Message {
  let text: string
  try {
    text = encode(batch.events[0]!, batch.lines[0]!)
  } catch (error) {
    if (SinkError.isInstance(error)) throw error
    // Neither the text nor the error itself is kept: both may quote the event.
    throw new SinkError(`The function 'body' failed for an event: ${nameOf(error)}. Correct the function.`, { retryable: false })
  }
  return messageOf(batch, text)
}

function nameOf(error: unknown): string {
  return error instanceof Error && /^\w{1,64}$/.test(error.name) ? `it threw a ${error.name}` : 'it threw'
}
