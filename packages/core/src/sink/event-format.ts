import type { AuditEvent, Status } from '../event/event.ts'
import { SinkError } from './sink-error.ts'

/** A format that a sink writes instead of ours, for readers that know only another system's. Usually from a package of its own. */
export interface EventFormat {
  /**
   * Returns the text of one event, without a line end; `line` is the text that was sealed. It is called again for each try. The
   * event is refused for good if it throws.
   */
  readonly encode: (event: AuditEvent, line: string) => string
  /** For sinks that send over HTTP. Default `application/json`. */
  readonly contentType?: string
  /** The statuses that it can express: the sink gets no others. Default: all. */
  readonly statuses?: readonly Status[]
  /** False: it cannot express the library's own `audit:*` events, and the sink gets none. Default true. */
  readonly systemEvents?: boolean
}

/**
 * Returns the text of an event in a format. Throws a SinkError that is not retryable and quotes nothing of the event if the format
 * throws, or returns anything but a text.
 */
export function encodeInFormat({ encode }: EventFormat, event: AuditEvent, line: string): string {
  let text: unknown
  try {
    text = encode(event, line)
  } catch (error) {
    if (SinkError.isInstance(error)) throw error
    // Neither the text nor the error itself is kept: both may quote the event.
    throw refusal(nameOf(error))
  }
  if (typeof text !== 'string') throw refusal('it did not return a string')
  return text
}

function refusal(why: string): SinkError {
  return new SinkError(`The function that encodes events failed for an event: ${why}. Correct the function.`, {
    retryable: false,
  })
}

function nameOf(error: unknown): string {
  return error instanceof Error && /^\w{1,64}$/.test(error.name) ? `it threw a ${error.name}` : 'it threw'
}
