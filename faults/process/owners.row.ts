import type { Row } from '../harness/row.ts'

export const owners: Row = {
  row: 'F21',
  fault:
    'two processes on one directory, 8 workers, a stopped owner, an owner that reads its own `lock.db`, two services sharing a directory, 50 containers that come and go',
  goal: 'never two acknowledged writers, 0 acknowledged lost, each log without an owner recovered within 60 s',
  program: 'process/owners.ts',
  full: [],
  quick: ['--quick'],
  controls: [
    { name: 'no-fence', args: ['--quick', '--only', 'stopped'], breaks: 'acknowledged entries lost' },
    { name: 'memory', args: ['--quick', '--only', 'two'], breaks: 'acknowledged entries lost' },
  ],
  needs: ['linux'],
}
