import type { Row } from '../harness/row.ts'

export const jumpingClock: Row = {
  row: 'F15',
  fault: 'the clock jumps years, both ways',
  goal: 'sequence and ids in order, retries on monotonic time, 0 acknowledged lost',
  program: 'process/jumping-clock.ts',
  full: [],
  quick: ['--quick'],
  controls: [{ name: 'wall-clock', args: ['--quick'], breaks: 'retries in' }],
  needs: ['linux', 'faketime'],
}
