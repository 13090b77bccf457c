import type { Group } from '../benchmark.ts'

const SATURATED = 'record(), four callers, batches of 1,000'
const BATCHES = 'record(), one caller, batches of 1,000'
const CONCURRENT = 'record(), 1,000 awaiting callers'
const ALONE = 'record(), one awaiting caller'

export const record: Group = {
  name: 'record',
  title: 'record() to the disk',
  about: `\`audit.record()\` end to end without sinks: schema, copy, id, redaction, encoding, the file journal, the promise. A caller of batches records
1,000 events and awaits them all; four such callers keep processor and disk busy at once. The raw peers write lines of as many bytes with \`write\` and
\`fdatasync\`: 1,000 at once from objects or from text, or one.`,
  measures: { eventsPerSecond: { title: 'events/s', unit: 'events/s' } },
  cases: [
    { name: SATURATED, load: async () => (await import('../record/record.ts')).fourCallersOfBatches },
    { name: BATCHES, load: async () => (await import('../record/record.ts')).oneCallerOfBatches },
    { name: CONCURRENT, load: async () => (await import('../record/record.ts')).manyAwaitingCallers },
    { name: ALONE, load: async () => (await import('../record/record.ts')).oneAwaitingCaller },
    { name: 'raw file, objects', load: async () => (await import('../journal/append.ts')).writeObjects },
    { name: 'raw file, text', load: async () => (await import('../journal/append.ts')).writeText },
    { name: 'raw file, one line', load: async () => (await import('../record/raw-single.ts')).writeOneByOne },
  ],
  comparisons: [
    { goal: 'P1', of: SATURATED, against: 'raw file, objects', measure: 'eventsPerSecond', atLeast: 0.45 },
    { of: SATURATED, against: 'raw file, text', measure: 'eventsPerSecond' },
    { goal: 'P3', of: CONCURRENT, against: BATCHES, measure: 'eventsPerSecond', atLeast: 0.6 },
    { of: CONCURRENT, against: SATURATED, measure: 'eventsPerSecond' },
    { goal: 'P3', of: ALONE, against: 'raw file, one line', measure: 'eventsPerSecond', atLeast: 0.9 },
  ],
}
