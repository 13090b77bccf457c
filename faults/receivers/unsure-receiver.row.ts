import type { Row } from '../harness/row.ts'

export const unsureReceiver: Row = {
  row: 'F13',
  fault: 'a receiver that stores, and then resets, closes half-way or answers twice',
  goal: 'after removing repeated `webhook-id`s, each event is stored once, in order; each try has a new signature',
  program: 'receivers/unsure-receiver.ts',
  full: [],
  quick: ['--quick'],
  controls: [
    { name: 'new-ids', args: ['--quick'], breaks: 'had two ids' },
    { name: 'old-time', args: ['--quick'], breaks: 'a signature was repeated' },
  ],
  needs: [],
}
