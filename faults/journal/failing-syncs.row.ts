import type { Row } from '../harness/row.ts'

export const failingSyncs: Row = {
  row: 'F7',
  fault: 'EIO on every sync for 30 s, then good',
  goal: 'fail-closed: 100 % rejected within `maxWaitMs`; fail-open: the counters balance; back without a restart in ≤ 5 s',
  program: 'journal/failing-syncs.ts',
  full: ['--seconds', '30'],
  quick: ['--seconds', '4'],
  controls: [{ name: 'deaf', args: ['--seconds', '3'], breaks: 'acknowledged events lost' }],
  needs: ['linux', 'gcc'],
}
