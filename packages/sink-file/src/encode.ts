import { encodeInFormat, SinkError, type Batch, type EventFormat } from '@audit/core/sink'

/**
 * Encodes a batch as text: one line per event, each with a newline. Throws a SinkError that is not retryable if the format cannot
 * encode an event as one line.
 */
export function encodeBatch(batch: Pick<Batch, 'lines' | 'events'>, format: EventFormat | undefined): string {
  const lines =
    format === undefined ? batch.lines : batch.events.map((event, index) => lineOf(event, batch.lines[index]!, format))
  return `${lines.join('\n')}\n`
}

function lineOf(event: Batch['events'][number], sealed: string, format: EventFormat): string {
  const line = encodeInFormat(format, event, sealed)
  if (!/[\n\r]/.test(line)) return line
  throw new SinkError('The format returned more than one line for an event. Correct its encode().', { retryable: false })
}
