import type { Row } from '../harness/row.ts'

export const shortLivedDisks: Row = {
  row: 'F20c',
  fault: '50 containers start and end, each with a disk that ends with it; half of them are killed',
  goal: 'the file that all of them wrote to verifies by itself, log by log: 0 false alarms',
  program: 'trail/short-lived-disks.ts',
  full: [],
  quick: ['--quick'],
  controls: [{ name: 'one-line-less', args: ['--quick'], breaks: 'missing' }],
  needs: [],
}
