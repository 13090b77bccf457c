import type { Row } from '../harness/row.ts'

export const missingFiles: Row = {
  row: 'F22',
  fault: 'files removed or replaced, wrong permissions, directories removed, while a process writes or idles',
  goal: 'noticed in ≤ 2 s, 0 events lost that were acknowledged afterwards, back ≤ 5 s after the repair, 0 false alarms',
  program: 'journal/missing-files.ts',
  full: [],
  quick: ['--quick'],
  controls: [{ name: 'no-look', args: ['--quick', '--only', 'segment-removed'], breaks: 'not noticed' }],
  needs: ['linux', 'root'],
}
