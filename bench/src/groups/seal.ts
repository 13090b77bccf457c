import type { Group } from '../benchmark.ts'

const SEALED = 'append, sealed'
const TAGS = 'append, sealed, with tags and without, in turn'
const PLAIN = 'append, not sealed'
const VERIFY = 'audit verify'
const RECORD = 'record(), sealed beside not sealed'
const LAG = 'the seal at 50,000 events/s'

export const seal: Group = {
  name: 'seal',
  title: 'The seal',
  about: `The cost of sealing with a key, and the time to verify a trail. *append*: the journal gets a million encoded events in batches of 1,000,
and is sealed meanwhile, or not. *With tags and without, in turn*: appends of 103,000 events in turn, with a tag for each group and without; the median of the ratios of their processor time. *record()*: 5,000 calls a second, in turn with a sealed and an unsealed audit, four seconds each; the
median of the ratios of their p99. *The seal at 50,000 events/s*: for 20 s; the largest age of an event that no checkpoint covered yet. *audit verify*: a separate process checks a trail of
a million events (\`AUDIT_BENCH_EVENTS\` for others) with every checksum, leaf, node, checkpoint and signature; \`sha256sum\` reads the same files and makes one hash of each.`,
  measures: {
    eventsPerSecond: { title: 'events/s', unit: 'events/s' },
    ratio: { title: 'ratio', unit: '×' },
    lag: { title: 'largest lag', unit: 'ms' },
    memory: { title: 'memory', unit: 'MiB' },
  },
  cases: [
    { name: SEALED, load: async () => (await import('../seal/append.ts')).appendSealed },
    { name: TAGS, load: async () => (await import('../seal/append.ts')).tagPairs },
    { name: PLAIN, load: async () => (await import('../seal/append.ts')).appendPlain },
    { name: RECORD, load: async () => (await import('../seal/record-pairs.ts')).recordPairs },
    { name: LAG, load: async () => (await import('../seal/lag.ts')).lag },
    { name: VERIFY, load: async () => (await import('../seal/verify.ts')).verify },
    { name: 'sha256sum', load: async () => (await import('../seal/verify.ts')).sha256sum },
  ],
  comparisons: [
    { goal: 'P11', of: SEALED, against: PLAIN, measure: 'eventsPerSecond', atLeast: 0.6 },
    { goal: 'P11', of: TAGS, measure: 'ratio', atLeast: 0.9 },
    { goal: 'P11', of: RECORD, measure: 'ratio', atMost: 1.25 },
    { goal: 'P11', of: LAG, measure: 'lag', atMost: 2_000 },
    { goal: 'P11', of: VERIFY, measure: 'eventsPerSecond', atLeast: 166_667 },
    { goal: 'P11', of: VERIFY, measure: 'memory', atMost: 256 },
    { of: VERIFY, against: 'sha256sum', measure: 'eventsPerSecond' },
  ],
}
