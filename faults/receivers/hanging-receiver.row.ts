import type { Row } from '../harness/row.ts'

export const hangingReceiver: Row = {
  row: 'F12',
  fault:
    'receivers that hang, drip, never end, send a bomb, redirect, speak an old TLS or none, or are stopped, all at once, and one healthy receiver',
  goal: 'each try ends in ≤ 15 s, ≤ 2 sockets a sink, ≤ 32 MiB of an answer taken, RSS growth ≤ 32 MiB; 0 lost, 0 dead letters once they are healthy; the healthy one: p99 from event to arrival ≤ 1.1× + 5 ms (paired)',
  program: 'receivers/hanging-receiver.ts',
  full: [],
  quick: ['--quick'],
  controls: [{ name: 'patient', args: ['--quick'], breaks: 'a try took' }],
  needs: ['linux', 'openssl'],
}
