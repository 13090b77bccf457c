import type { Row } from '../harness/row.ts'

export const everyByte: Row = {
  row: 'F4',
  fault: 'a log of 200 records is cut at every byte, and every bit of it is flipped',
  goal: '0 exceptions, 0 wrong records delivered',
  program: 'journal/every-byte.ts',
  full: ['--records', '200'],
  quick: ['--records', '20', '--step', '3'],
  controls: [],
  hasSeed: false,
  needs: [],
}
