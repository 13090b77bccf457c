import type { Row } from '../harness/row.ts'

export const poisonEvent: Row = {
  row: 'F14',
  fault: 'a poison event in a batch of 100; a sink that refuses everything for 10,000 events, then accepts',
  goal: '99 delivered and one dead letter that survives 100 restarts and replays; 0 dead letters and all delivered',
  program: 'sinks/poison-event.ts',
  full: [],
  quick: ['--quick'],
  controls: [{ name: 'memory-letters', args: ['--quick'], breaks: 'the dead letter was kept after' }],
  needs: [],
}
