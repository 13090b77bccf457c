import type { Row } from '../harness/row.ts'

export const killCycles: Row = {
  row: 'F1',
  fault: '`kill -9` at random times, two sinks',
  goal: '1,000 cycles: 0 acknowledged events lost, 0 corrupt, 0 failed starts; duplicates ≤ one batch per sink, source and cycle, removable by id',
  program: 'process/kill-cycles.ts',
  full: ['--cycles', '1000'],
  quick: ['--cycles', '40'],
  controls: [
    { name: 'memory', args: ['--cycles', '8', '--lanes', '1'], breaks: 'acknowledged events lost' },
    { name: 'write-behind', args: ['--cycles', '12', '--lanes', '1'], breaks: 'acknowledged events lost' },
    { name: 'no-offsets', args: ['--cycles', '8', '--lanes', '1'], breaks: 'events repeated' },
  ],
  needs: [],
}
