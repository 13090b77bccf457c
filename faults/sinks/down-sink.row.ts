import type { Row } from '../harness/row.ts'

export const downSink: Row = {
  row: 'F10',
  fault: 'a sink down for 60,000 events; beyond its `maxLagBytes`; removed from the configuration; its offset deleted',
  goal: '0 lost in the first and last case, an exact `audit:lost` in the second, no growth in the third; RSS growth ≤ 32 MiB; p99 of `record()` ≤ 1.25× (paired)',
  program: 'sinks/down-sink.ts',
  full: [],
  quick: ['--quick'],
  controls: [{ name: 'memory', args: ['--quick', '--only', 'offset'], breaks: 'acknowledged entries lost' }],
  needs: [],
}
