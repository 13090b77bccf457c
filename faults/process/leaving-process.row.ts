import type { Row } from '../harness/row.ts'

export const leavingProcess: Row = {
  row: 'F16',
  fault: 'SIGTERM in mid-flush, `process.exit()` with a busy thread pool, an uncaught exception',
  goal: '0 acknowledged lost, order intact, ≥ 99 % of the pending written; `close()` ≤ 5 s',
  program: 'process/leaving-process.ts',
  full: [],
  quick: ['--quick'],
  controls: [
    { name: 'memory', args: ['--quick', '--only', 'signal'], breaks: 'acknowledged entries lost' },
    { name: 'no-last-write', args: ['--quick'], breaks: 'pending entries written' },
  ],
  needs: ['linux'],
}
