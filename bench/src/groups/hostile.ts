import type { Group } from '../benchmark.ts'

const RECORD = 'audit.record'

export const hostile: Group = {
  name: 'hostile',
  title: 'What a hostile payload costs its caller',
  about: `The synchronous part of \`audit.record(…)\` for 20,000 generated payloads that try to be slow or to run code, and for some whose size is
the attack: 10 MB of text, a million members, 10,000 levels. Each is recorded three times, and its fastest call counts.`,
  measures: {
    p99: { title: 'p99', unit: 'µs' },
    slowest: { title: 'slowest payload', unit: 'ms' },
  },
  cases: [{ name: RECORD, load: async () => (await import('../hostile/hostile-calls.ts')).hostileCalls }],
  comparisons: [
    { of: RECORD, measure: 'p99', atMost: 1_000 },
    { of: RECORD, measure: 'slowest', atMost: 20 },
  ],
}
