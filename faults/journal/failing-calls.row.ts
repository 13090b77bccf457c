import type { Row } from '../harness/row.ts'

export const failingCalls: Row = {
  row: 'F5',
  fault: 'each system call fails once: EIO, ENOSPC, EMFILE, EACCES, EINTR',
  goal: '0 false acknowledgements, the process lives, clean after a restart',
  program: 'journal/failing-calls.ts',
  full: ['--positions', '12'],
  quick: ['--positions', '1', '--errors', '2'],
  controls: [
    { name: 'deaf', args: ['--positions', '4', '--errors', '1'], breaks: 'acknowledged events lost' },
    { name: 'same-descriptor', args: ['--positions', '4', '--errors', '1'], breaks: 'acknowledged events lost' },
  ],
  needs: ['linux', 'gcc'],
}
