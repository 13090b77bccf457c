import type { Row } from '../harness/row.ts'

export const slowLink: Row = {
  row: 'F11b',
  fault: 'a link of 256 kbit/s that drops what does not fit, and is down for 20 s now and then',
  goal: '0 lost, 0 dead letters, in order; ≤ 2.2 tries a batch, each ends in ≤ 15 s',
  program: 'receivers/slow-link.ts',
  full: [],
  quick: ['--quick'],
  controls: [{ name: 'patient', args: ['--quick'], breaks: 'a try took' }],
  needs: ['linux', 'root', 'tc'],
}
