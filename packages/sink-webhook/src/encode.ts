import { encodeInFormat, type Batch, type EventFormat } from '@audit/core/sink'
import { deliveryId } from './delivery-id.ts'

/** `array` and `ndjson`: the whole batch in one request. A format: one request per event, with the text that it returns. */
export type Encoding = 'array' | 'ndjson' | EventFormat

/** One request for the first `count` events that are not sent yet. */
export interface Message {
  readonly id: string
  readonly contentType: string
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

function messageOf(batch: Batch, text: string, contentType = 'application/json'): Message {
  return { id: deliveryId(batch), contentType, body: Buffer.from(text), count: batch.lines.length }
}

function eventMessage(batch: Batch, format: EventFormat): Message {
  return messageOf(batch, encodeInFormat(format, batch.events[0]!, batch.lines[0]!), format.contentType)
}
