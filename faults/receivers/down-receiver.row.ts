import type { Row } from '../harness/row.ts'

export const downReceiver: Row = {
  row: 'F10b',
  fault:
    "a webhook's receiver is down for 60,000 events, then back; it accepts only another secret for 10,000 events, until the service has that secret too",
  goal: 'all delivered, in order, each signature good; ≤ 32 MiB more held, ≤ 32 MiB more RSS than with a healthy receiver; with the wrong secret parked, 0 dead letters',
  program: 'receivers/down-receiver.ts',
  full: [],
  quick: ['--quick'],
  controls: [
    { name: 'deaf', args: ['--quick', '--only', 'down'], breaks: 'acknowledged entries lost' },
    { name: 'memory', args: ['--quick', '--only', 'rotated'], breaks: 'acknowledged entries lost' },
  ],
  needs: [],
}
