import type { Row } from '../harness/row.ts'

export const oddRequests: Row = {
  row: 'F24',
  fault:
    'odd requests to adapters: paths, encodings, aborts, upgrades, bodies, redirects, queues, throws and timeouts at every stage',
  goal: '10,000 for each platform: the trail agrees with the ledger of the application: 0 false, 0 missing, 0 crashes',
  program: 'adapters/odd-requests.ts',
  full: [],
  quick: ['--quick'],
  controls: [
    { name: 'response-decides', args: ['--quick', '--only', 'koa3-router15'], breaks: 'instead of success' },
    { name: 'denials-dropped', args: ['--quick', '--only', 'koa3-router15'], breaks: 'missing' },
    { name: 'contexts-mixed', args: ['--quick', '--only', 'koa3-router15'], breaks: 'false' },
  ],
  needs: [],
}
