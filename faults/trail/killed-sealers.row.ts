import type { Row } from '../harness/row.ts'

export const killedSealers: Row = {
  row: 'F20b',
  fault: '`kill -9` during sealing',
  goal: '300 times: every published checkpoint is consistent with every later one and with the log; never two roots for one size',
  program: 'trail/killed-sealers.ts',
  full: [],
  quick: ['--quick'],
  controls: [{ name: 'other-log', args: ['--quick'], breaks: "the verdict is 'unproven'" }],
  needs: [],
}
