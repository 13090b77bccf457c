import type { Case } from './case.ts'

const ada = { authorization: 'ada' }
const body = { key: 'a' }

/** The route of a request, and its mark. */
export const routingCases: readonly Case[] = [
  { name: 'no such route', send: 'POST /nowhere', status: 404, events: [] },
  { name: 'no such method', send: 'DELETE /returns', status: 404, events: [] },
  { name: 'a route without an event', send: 'GET /unaudited', status: 200, events: [] },
  { name: '@NotAudited()', send: 'POST /not-audited', headers: ada, status: 201, events: [] },
  { name: '@NotAudited() on the class', send: 'POST /billing', headers: ada, status: 201, events: [] },
  {
    name: '@Audited() in a class with @NotAudited()',
    send: 'POST /billing/flag',
    status: 201,
    events: ['flag:created success by anonymous: {"key":"billing"}'],
  },
  {
    name: 'the table of routes',
    send: 'DELETE /table/a',
    headers: ada,
    status: 200,
    events: ['flag:deleted success by ada on a'],
  },
  { name: 'the table exempts', send: 'POST /exempt-by-table', status: 201, events: [] },
  {
    name: 'a lost asynchronous context',
    send: 'POST /lost-context',
    headers: ada,
    status: 201,
    events: ['flag:created success by ada: {"key":"lost"}'],
  },
  {
    name: 'the first version',
    send: 'POST /versioned',
    headers: { 'x-version': '1' },
    status: 201,
    events: ['flag:created success by anonymous: {"key":"one"}'],
  },
  {
    name: 'the second version',
    send: 'POST /versioned',
    headers: { 'x-version': '2' },
    status: 201,
    events: ['user:created success by anonymous: {"key":"two"}'],
  },
  { name: 'no such version', send: 'POST /versioned', headers: { 'x-version': '3' }, status: 404, events: [] },
  {
    name: 'the host',
    send: 'POST /hosted',
    headers: { host: 'admin.example.com' },
    status: 201,
    events: ['flag:created success by anonymous: {"key":"hosted"}'],
  },
  { name: 'another host', send: 'POST /hosted', headers: { host: 'example.com' }, status: 404, events: [] },
  {
    name: 'a request-scoped controller',
    send: 'POST /scoped/a',
    headers: ada,
    body,
    status: 201,
    events: ['flag:created success (scoped) by ada: {"key":"a"}'],
  },
  {
    name: 'generic CRUD, overridden',
    send: 'POST /crud-flags',
    status: 201,
    events: ['flag:created success by anonymous: {"key":"FlagCrudController"}'],
  },
  {
    name: 'generic CRUD, inherited',
    send: 'DELETE /crud-flags/a',
    status: 200,
    events: ['flag:deleted success by anonymous on a'],
  },
  {
    name: 'generic CRUD of another noun',
    send: 'POST /crud-users',
    status: 201,
    events: ['user:created success by anonymous: {"key":"UserCrudController"}'],
  },
  {
    name: 'fail-closed',
    send: 'POST /closed/returns',
    headers: ada,
    status: 201,
    events: ['flag:purged attempted by ada', 'flag:purged success by ada: {"key":"purged"}'],
  },
  {
    name: 'fail-closed, an Observable',
    send: 'POST /closed/observable',
    status: 201,
    events: ['flag:purged attempted by anonymous', 'flag:purged success by anonymous: {"key":"last"}'],
  },
  {
    name: 'fail-closed, failing',
    send: 'POST /closed/throws',
    status: 409,
    events: ['flag:purged attempted by anonymous', 'flag:purged failure (ConflictException) by anonymous'],
  },
  {
    name: 'fail-closed, denied',
    send: 'POST /closed/guarded',
    status: 403,
    events: ['flag:purged denied (NobodyGuard) by anonymous'],
  },
  {
    name: 'fail-closed by the route, a stream',
    send: 'GET /closed/stream',
    status: 200,
    events: ['flag:exported attempted by anonymous', 'flag:exported success by anonymous'],
  },
]
