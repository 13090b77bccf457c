import type { Row } from '../harness/row.ts'

export const privateNetwork: Row = {
  row: 'F23',
  fault:
    'URLs from strangers that lead to the internal network: 60 ways and more, redirections, proxies of the environment, a name whose address changes',
  goal: "`allow: 'public'`: 0 connections to the internal network, the public receiver still reached; parked, all delivered later, 0 dead letters",
  program: 'receivers/private-network.ts',
  full: [],
  quick: ['--quick'],
  controls: [
    { name: 'any', args: ['--quick'], breaks: 'ways reached the internal network' },
    { name: 'check-first', args: ['--quick'], breaks: 'the name that changes reached the internal network' },
  ],
  needs: ['linux', 'root'],
}
