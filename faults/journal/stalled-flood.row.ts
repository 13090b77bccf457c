import type { Row } from '../harness/row.ts'

export const stalledFlood: Row = {
  row: 'F18',
  fault: 'as many fail-open events as a process can record (up to 200,000 a second), disk stalled',
  goal: 'RSS ≤ baseline + 64 MiB; the counters balance',
  program: 'journal/stalled-flood.ts',
  full: [],
  quick: ['--quick'],
  // Its queue may be long before the disk stalls, so the absence of refusals shows more than its growth.
  controls: [{ name: 'unbounded', args: ['--quick'], breaks: 'nothing was lost' }],
  needs: [],
}
