import type { Clock } from '../clock.ts'
import type { JournalOpenOptions } from '../journal/journal.ts'
import { sampleEncoded } from './sample-events.ts'

/** What an audit named `kit` gives its journal. Facts and warnings go nowhere; `overrides` see them. */
export function journalOpening(clock: Clock, overrides: Partial<JournalOpenOptions> = {}): JournalOpenOptions {
  return {
    service: 'kit',
    clock,
    fact: (action, payload) => sampleEncoded({ type: 'audit', action, payload }),
    onFacts: () => undefined,
    execute: async () => undefined,
    warn: () => undefined,
    ...overrides,
  }
}
