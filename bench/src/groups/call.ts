import type { Group } from '../benchmark.ts'

const RECORD = 'audit.record'
const PINO = 'pino, synchronous destination'

export const call: Group = {
  name: 'call',
  title: 'What a call costs its caller',
  about: `The synchronous part of \`void audit.record(…)\` with \`linger: true\` inside a request's context, over the file journal, compared with pino with its synchronous destination and
winston with a stream, which log the same event as a finished object to a file and do not sync. *Hot*: 1,000 calls in a row, then all pending
work is awaited. *Paced*: 10,000 calls a second for 10 s, with the processor time of the whole process, which for audit.record includes writing and syncing.
*To a file*: events a second that reach an ordinary file: through record, journal (synced), delivery and file sink, or through the sink
alone, in batches of 1,000.`,
  measures: {
    hotP50: { title: 'hot p50', unit: 'µs' },
    pacedP99: { title: 'paced p99', unit: 'µs' },
    cpu: { title: 'paced CPU', unit: 'ms CPU per s' },
    lost: { title: 'lost', unit: 'events' },
    eventsPerSecond: { title: 'events/s', unit: 'events/s' },
  },
  cases: [
    { name: RECORD, load: async () => (await import('../call/call-cost.ts')).record },
    { name: PINO, load: async () => (await import('../call/call-cost.ts')).pinoSync },
    { name: 'winston, stream', load: async () => (await import('../call/call-cost.ts')).winstonStream },
    { name: 'the loop alone', load: async () => (await import('../call/call-cost.ts')).nothing },
    { name: 'record to file sink', load: async () => (await import('../call/to-file.ts')).recordToFile },
    { name: 'file sink alone', load: async () => (await import('../call/to-file.ts')).sinkAlone },
    { name: 'pino to file', load: async () => (await import('../call/to-file.ts')).pinoToFile },
    { name: 'winston to file', load: async () => (await import('../call/to-file.ts')).winstonToFile },
  ],
  comparisons: [
    { goal: 'P4', of: RECORD, against: PINO, measure: 'hotP50', atMost: 0.5 },
    { goal: 'P4', of: RECORD, against: PINO, measure: 'pacedP99', atMost: 1 },
    { goal: 'P4', of: RECORD, against: PINO, measure: 'cpu', atMost: 1.2 },
    { goal: 'P4', of: 'record to file sink', against: 'pino to file', measure: 'eventsPerSecond', atLeast: 1.8 },
    { of: RECORD, measure: 'lost', atMost: 0 },
    { goal: 'P4', of: 'file sink alone', against: 'pino to file', measure: 'eventsPerSecond', atLeast: 1.8 },
    { of: RECORD, against: 'winston, stream', measure: 'hotP50' },
  ],
}
