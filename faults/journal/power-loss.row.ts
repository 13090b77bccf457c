import type { Row } from '../harness/row.ts'

export const powerLoss: Row = {
  row: 'F2',
  fault: 'power loss on ext4 and XFS (loop devices that are shut down)',
  goal: '300 + 100 cycles: 0 acknowledged events lost',
  program: 'journal/power-loss.ts',
  full: ['--ext4', '300', '--xfs', '100'],
  quick: ['--ext4', '12', '--xfs', '4'],
  controls: [{ name: 'no-sync', args: ['--ext4', '6', '--xfs', '2'], breaks: 'acknowledged events lost' }],
  needs: ['linux', 'root', 'ext4', 'xfs'],
}
