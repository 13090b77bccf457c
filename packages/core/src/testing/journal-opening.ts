import type { Clock } from '../clock.ts'
import type { JournalOpenOptions } from '../journal/journal.ts'
import { sampleEncoded } from './sample-events.ts'

/**
 * Options that an audit named `kit` passes to its journal. Its own events and warnings are dropped, unless `overrides` takes
 * them.
 */
export function journalOpening(clock: Clock, overrides: Partial<JournalOpenOptions> = {}): JournalOpenOptions {
  return {
    service: 'kit',
    clock,
    systemEvent: (action, payload) => sampleEncoded({ type: 'audit', action, payload }),
    onSystemEvents: () => undefined,
    execute: async () => undefined,
    warn: () => undefined,
    ...overrides,
  }
}
