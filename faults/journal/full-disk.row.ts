import type { Row } from '../harness/row.ts'

export const fullDisk: Row = {
  row: 'F8',
  fault: 'a full disk, by bytes and by inodes, then room again',
  goal: 'fail-closed: 100 % rejected within `maxWaitMs`; fail-open: the counters balance; back without a restart in ≤ 5 s',
  program: 'journal/full-disk.ts',
  full: ['--seconds', '30'],
  quick: ['--seconds', '4'],
  controls: [{ name: 'deaf', args: ['--seconds', '3'], breaks: 'acknowledged events lost' }],
  needs: ['linux', 'root'],
}
