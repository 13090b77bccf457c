import type { Row } from '../harness/row.ts'

export const backlog: Row = {
  row: 'F17',
  fault: "5 million events undelivered (`onLag: 'hold'`), cold start, drain",
  goal: 'start ≤ 3 s, RSS ≤ 256 MiB, all delivered in order',
  program: 'sinks/backlog.ts',
  full: [],
  quick: ['--quick'],
  controls: [
    { name: 'memory', args: ['--quick'], breaks: 'delivered, each counted once' },
    { name: 'skip', args: ['--quick'], breaks: 'delivered, each counted once' },
  ],
  needs: ['linux'],
}
