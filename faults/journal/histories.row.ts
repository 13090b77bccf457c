import type { Row } from '../harness/row.ts'

export const histories: Row = {
  row: 'F3',
  fault: 'a simulated disk that loses power, with every legal order of what reached it',
  goal: '100,000 histories: a start recovers every acknowledged event, and otherwise only complete events that were being written; never an exception',
  program: 'journal/histories.ts',
  full: ['--histories', '100000'],
  quick: ['--histories', '2000'],
  controls: [
    { name: 'no-sync', args: ['--histories', '2000'], breaks: 'a violation' },
    { name: 'no-directory-sync', args: ['--histories', '2000'], breaks: 'a violation' },
    { name: 'no-fence', args: ['--histories', '2000'], breaks: 'a violation' },
  ],
  needs: [],
}
