import type { Group } from '../benchmark.ts'

const SINGLE = 'undici, 10 connections, one event a request'
const RAW = 'undici, 10 connections, batches of 100'
const RAW_IN_ORDER = 'undici, 1 connection, batches of 100'
const UNSIGNED = 'webhook sink, batches of 100'
const SIGNED = 'webhook sink, batches of 100, signed'
const DURABLE = 'journal to webhook sink, signed'

export const webhook: Group = {
  name: 'webhook',
  title: 'To a receiver over HTTP',
  about: `Events of some 440 bytes to a receiver in another process of the same machine, which reads them and answers 204. The sink has one connection and one
request in progress, so that order holds; undici, which it is built on, has ten, or one. *Signed*: with one secret (\`v1\`). *Journal to webhook sink*: a backlog on disk,
read, sent in signed batches of 100 and acknowledged.`,
  measures: { eventsPerSecond: { title: 'events/s', unit: 'events/s' } },
  cases: [
    { name: SINGLE, load: async () => (await import('../webhook/deliver.ts')).singleRequests },
    { name: RAW, load: async () => (await import('../webhook/deliver.ts')).batchesOverTenConnections },
    { name: RAW_IN_ORDER, load: async () => (await import('../webhook/deliver.ts')).batchesInOrder },
    { name: UNSIGNED, load: async () => (await import('../webhook/deliver.ts')).sinkUnsigned },
    { name: SIGNED, load: async () => (await import('../webhook/deliver.ts')).sinkSigned },
    { name: DURABLE, load: async () => (await import('../webhook/deliver.ts')).fromJournal },
  ],
  comparisons: [
    { goal: 'P5', of: UNSIGNED, against: SINGLE, measure: 'eventsPerSecond', atLeast: 10 },
    { goal: 'P5', of: SIGNED, against: UNSIGNED, measure: 'eventsPerSecond', atLeast: 0.7 },
    { goal: 'P5', of: DURABLE, against: RAW_IN_ORDER, measure: 'eventsPerSecond', atLeast: 0.45 },
    { of: DURABLE, against: RAW, measure: 'eventsPerSecond' },
    { of: UNSIGNED, against: RAW_IN_ORDER, measure: 'eventsPerSecond' },
    { of: UNSIGNED, against: RAW, measure: 'eventsPerSecond' },
  ],
}
