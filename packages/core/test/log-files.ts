import type { EncodedEvent } from '../src/event/event.ts'
import { GroupEncoder } from '../src/log-format/record-line.ts'
import { segmentOf } from '../src/log-format/segment-name.ts'
import { sampleEncoded } from '../src/testing/sample-events.ts'

export const SOURCE = 'svc/host/abcdefgh'

/** Lines of a segment as one string, with sequences from `first` on; `key` distinguishes their events. */
export function logLines(first: number, count: number, key = 'event'): string {
  const events = Array.from({ length: count }, (_, index) => keyed(`${key} ${first + index}`))
  return new GroupEncoder(SOURCE).encode(events, first, 0).bytes.toString()
}

/** An event that its payload distinguishes from others. */
export function keyed(key: string, action = 'created'): EncodedEvent {
  return sampleEncoded({ action, payload: { key } })
}

/** The keys of events, or of their lines. */
export function keysOf(events: readonly (string | object)[]): readonly string[] {
  return events.map((event) => {
    const { payload } = (typeof event === 'string' ? JSON.parse(event) : event) as { readonly payload: { readonly key: string } }
    return payload.key
  })
}

/** The name of a segment. */
export function segmentName(first: number, term = 1, attempt = 0): string {
  return segmentOf(first, { term, attempt }).name
}
