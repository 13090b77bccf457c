import type { Group } from '../benchmark.ts'

const RECORD = 'audit.record'
const IDLE = 'idle'

export const paced: Group = {
  name: 'paced',
  title: 'The event loop at 10,000 events a second',
  about: `The delay of the event loop under 10,000 durable events a second, recorded with \`linger: true\`, for 10 s, measured by
\`perf_hooks.monitorEventLoopDelay\` with a resolution of 1 ms, which every number includes. *Idle* is a process that does nothing; the loop alone makes
10,000 empty calls a second; pino has its synchronous destination, and syncs nothing.`,
  measures: {
    p50: { title: 'delay p50', unit: 'ms' },
    p99: { title: 'delay p99', unit: 'ms' },
    max: { title: 'delay max', unit: 'ms' },
    lost: { title: 'lost', unit: 'events' },
  },
  cases: [
    { name: IDLE, load: async () => (await import('../paced/loop-delay.ts')).idle },
    { name: 'the loop alone', load: async () => (await import('../paced/loop-delay.ts')).loopAlone },
    { name: RECORD, load: async () => (await import('../paced/loop-delay.ts')).record },
    { name: 'pino, synchronous destination', load: async () => (await import('../paced/loop-delay.ts')).pinoSync },
  ],
  comparisons: [
    { goal: 'P12', of: RECORD, against: IDLE, measure: 'p99', atMost: 1.3 },
    { of: RECORD, measure: 'lost', atMost: 0 },
    { of: RECORD, against: 'the loop alone', measure: 'p99' },
    { of: RECORD, against: 'pino, synchronous destination', measure: 'p99' },
  ],
}
