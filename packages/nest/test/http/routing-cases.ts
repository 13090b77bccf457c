import type { Case } from './case.ts'

const ada = { authorization: 'ada' }
const body = { key: 'a' }

/** Which route it is, and what that is marked with. */
export const routingCases: readonly Case[] = [
  { name: 'no such route', send: 'POST /nowhere', status: 404, events: [] },
  { name: 'no such method', send: 'DELETE /returns', status: 404, events: [] },
  { name: 'a route without an event', send: 'GET /unaudited', status: 200, events: [] },
  { name: '@NotAudited()', send: 'POST /not-audited', headers: ada, status: 201, events: [] },
  { name: '@NotAudited() on the class', send: 'POST /billing', headers: ada, status: 201, events: [] },
  {
    name: '@Audited() in a class that is not',
    send: 'POST /billing/flag',
    status: 201,
    events: ['flag:created success by nobody: {"key":"billing"}'],
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
    name: 'a lost context',
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
    events: ['flag:created success by nobody: {"key":"one"}'],
  },
  {
    name: 'the second version',
    send: 'POST /versioned',
    headers: { 'x-version': '2' },
    status: 201,
    events: ['user:created success by nobody: {"key":"two"}'],
  },
  { name: 'no such version', send: 'POST /versioned', headers: { 'x-version': '3' }, status: 404, events: [] },
  {
    name: 'the host',
    send: 'POST /hosted',
    headers: { host: 'admin.example.com' },
    status: 201,
    events: ['flag:created success by nobody: {"key":"hosted"}'],
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
    events: ['flag:created success by nobody: {"key":"FlagCrudController"}'],
  },
  { name: 'generic CRUD, inherited', send: 'DELETE /crud-flags/a', status: 200, events: ['flag:deleted success by nobody on a'] },
  {
    name: 'generic CRUD of another noun',
    send: 'POST /crud-users',
    status: 201,
    events: ['user:created success by nobody: {"key":"UserCrudController"}'],
  },
  {
    name: 'closed',
    send: 'POST /closed/returns',
    headers: ada,
    status: 201,
    events: ['flag:purged attempted by ada', 'flag:purged success by ada: {"key":"purged"}'],
  },
  {
    name: 'closed, an Observable',
    send: 'POST /closed/observable',
    status: 201,
    events: ['flag:purged attempted by nobody', 'flag:purged success by nobody: {"key":"last"}'],
  },
  {
    name: 'closed, failing',
    send: 'POST /closed/throws',
    status: 409,
    events: ['flag:purged attempted by nobody', 'flag:purged failure (ConflictException) by nobody'],
  },
  { name: 'closed, denied', send: 'POST /closed/guarded', status: 403, events: ['flag:purged denied (NobodyGuard) by nobody'] },
  {
    name: 'closed by the route, a stream',
    send: 'GET /closed/stream',
    status: 200,
    events: ['flag:exported attempted by nobody', 'flag:exported success by nobody'],
  },
]
