import type { Group } from '../benchmark.ts'

const RECORD = 'audit.record'
const OPEN_TELEMETRY = 'OpenTelemetry batch processor'

export const burst: Group = {
  name: 'burst',
  title: 'A burst of 50,000',
  about: `50,000 events in one turn of the event loop, then a flush. Both run with their defaults: the library with a queue of 10,000 events, of which it
reserves a part for events that must not be refused; the batch log record processor of OpenTelemetry with a queue of 2,048. *Vanished* are events
that were neither delivered nor counted as lost anywhere the caller or an operator would see; OpenTelemetry counts drops only if an experimental
option sets a meter. The call is the mean over the whole burst.`,
  measures: {
    callMicroseconds: { title: 'call', unit: 'µs' },
    delivered: { title: 'delivered', unit: 'events' },
    counted: { title: 'counted as lost', unit: 'events' },
    vanished: { title: 'vanished', unit: 'events' },
  },
  cases: [
    { name: RECORD, load: async () => (await import('../burst/burst.ts')).recordBurst },
    { name: OPEN_TELEMETRY, load: async () => (await import('../burst/burst.ts')).openTelemetryBurst },
  ],
  comparisons: [
    { goal: 'P9', of: RECORD, measure: 'vanished', atMost: 0 },
    { goal: 'P9', of: RECORD, against: OPEN_TELEMETRY, measure: 'callMicroseconds', atMost: 1.2 },
    { of: RECORD, against: OPEN_TELEMETRY, measure: 'delivered' },
  ],
}
