import type { Row } from '../harness/row.ts'

export const slowDisk: Row = {
  row: 'F9',
  fault: 'every sync takes 500 ms longer',
  goal: 'no sync on the thread of the event loop, its delay p99 ≤ 20 ms, memory within its cap',
  program: 'journal/slow-disk.ts',
  full: ['--seconds', '20'],
  quick: ['--seconds', '5'],
  controls: [{ name: 'blocking', args: ['--seconds', '3'], breaks: 'the event loop was held' }],
  needs: ['linux', 'gcc'],
}
