import { expect, test } from 'vitest'
import '../testing/vitest.ts'
import { CoverageReport, type RouteCoverage } from './index.ts'

const routes: readonly RouteCoverage[] = [
  { method: 'PATCH', route: '/flags/:key' },
  { method: 'GET', route: '/flags', handler: 'Flags.list' },
  { method: 'POST', route: '/flags', handler: 'Flags.create', event: 'flag:created' },
  { method: 'POST', route: '/login', exempt: 'the identity provider records it' },
  { method: 'DELETE', route: '/flags/:key', handler: 'Flags.remove' },
]

test('a route with an unsafe method that is neither audited nor exempt is missing', () => {
  const report = new CoverageReport(routes)
  expect(report.missing.map(({ method }) => method)).toEqual(['PATCH', 'DELETE'])
  expect(report.isComplete).toBe(false)
  expect(new CoverageReport(routes, [], { reads: true }).missing.map(({ method }) => method)).toEqual(['PATCH', 'GET', 'DELETE'])
  expect(new CoverageReport(routes.slice(1, 4)).isComplete).toBe(true)
})

test('a report with unused keys is not complete', () => {
  expect(new CoverageReport([], ['PUT /flagz']).isComplete).toBe(false)
})

test('a report prints as a table, and as JSON', () => {
  const report = new CoverageReport(routes, ['PUT /flagz'])
  expect(String(report)).toBe(
    [
      'method  route        handler       recorded as',
      'GET     /flags       Flags.list    -',
      'POST    /flags       Flags.create  flag:created',
      'POST    /login                     not audited: the identity provider records it',
      'PATCH   /flags/:key                MISSING',
      'DELETE  /flags/:key  Flags.remove  MISSING',
      'PUT     /flagz                     matches no route',
    ].join('\n'),
  )
  expect(JSON.parse(JSON.stringify(report))).toMatchObject({ isComplete: false, routes, unused: ['PUT /flagz'] })
})

test('the matcher names every missing route, and what to do', () => {
  expect(new CoverageReport(routes.slice(1, 4))).toBeComplete()
  expect(new CoverageReport(routes)).not.toBeComplete()
  expect(() => expect(new CoverageReport(routes, ['PUT /flagz'])).toBeComplete()).toThrow(
    'Expected every route to be audited. These are not:\n  PATCH /flags/:key\n  DELETE /flags/:key (Flags.remove)\n' +
      'Mark each with the event it records, or write why it needs none.\n' +
      'The table of routes has keys that match no route:\n  PUT /flagz',
  )
  expect(() => expect(new CoverageReport([])).not.toBeComplete()).toThrow('Expected some route not to be audited')
  expect(() => expect(Promise.resolve(new CoverageReport([]))).toBeComplete()).toThrow('a promise: await it')
})
