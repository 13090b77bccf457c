import type { Row } from '../harness/row.ts'

export const failingReceiver: Row = {
  row: 'F11',
  fault:
    'a receiver that fails every other time at random (5xx, 408, 425, 429 with an absurd Retry-After), and one that closes connections at random',
  goal: '1,000 batches: 0 lost, 0 dead letters, in order, one in flight; ≤ 2.2 tries a batch; Retry-After honoured from 1 s to 24 h',
  program: 'receivers/failing-receiver.ts',
  full: [],
  quick: ['--quick'],
  controls: [
    { name: 'deaf', args: ['--quick', '--only', 'flaky'], breaks: 'acknowledged entries lost' },
    { name: 'deaf-to-waits', args: ['--quick', '--only', 'flaky'], breaks: 'tried again after' },
  ],
  needs: [],
}
