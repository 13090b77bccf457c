import type { Case } from './case.ts'

const ada = { authorization: 'ada' }
const body = { key: 'a' }

/** What is said before a handler is. */
export const refusalsCases: readonly Case[] = [
  {
    name: 'a guard of the method says no',
    send: 'POST /guarded/false/a',
    headers: ada,
    status: 403,
    events: ['flag:created denied (NobodyGuard) by ada on a'],
  },
  {
    name: 'a guard throws 403',
    send: 'POST /guarded/throws',
    status: 403,
    events: ['flag:created denied (ForbiddingGuard) by nobody'],
  },
  {
    name: 'a guard breaks',
    send: 'POST /guarded/broken',
    headers: ada,
    status: 500,
    events: ['flag:created failure (RangeError) by ada'],
  },
  {
    name: 'a guard that is a plain object',
    send: 'POST /guarded/plain',
    headers: ada,
    status: 403,
    events: ['flag:created denied (forbidden) by ada'],
  },
  {
    name: 'a filter redirects who a guard refused',
    send: 'POST /guarded/redirected',
    headers: ada,
    status: 302,
    events: ['flag:created denied (NobodyGuard) by ada'],
  },
  {
    name: 'a guard of the class',
    send: 'DELETE /class-guarded',
    headers: ada,
    status: 403,
    events: ['flag:deleted denied (NobodyGuard) by ada'],
  },
  {
    name: 'a guard of the application',
    send: 'POST /returns',
    headers: { authorization: 'blocked' },
    body,
    status: 401,
    events: ['flag:created denied (TokenGuard) by nobody'],
  },
  {
    name: 'a guard given to the application',
    send: 'POST /returns',
    headers: { 'x-blocked': '1' },
    body,
    status: 403,
    events: ['flag:created denied (GlobalGuard) by nobody'],
  },
  {
    name: 'a pipe rejects',
    send: 'DELETE /pipe/x',
    headers: ada,
    status: 400,
    events: ['flag:deleted failure (status-400) by ada on x'],
  },
  { name: 'a pipe accepts', send: 'DELETE /pipe/7', headers: ada, status: 200, events: ['flag:deleted success by ada on 7'] },
  {
    name: 'the body is no JSON',
    send: 'POST /returns',
    headers: { ...ada, 'content-type': 'application/json' },
    body: '{',
    status: 400,
    events: ['flag:created failure (status-400) by nobody'],
  },
  {
    name: 'an interceptor gives up, and the handler goes on to its end',
    send: 'POST /intercepted/timeout',
    status: 409,
    events: ['flag:created success, answered 409 by nobody: {"key":"late"}'],
  },
  {
    name: 'an interceptor refuses',
    send: 'POST /intercepted/refused',
    headers: ada,
    status: 409,
    events: ['flag:created failure (status-409) by ada'],
  },
  {
    name: 'an interceptor answers instead',
    send: 'GET /intercepted/cached',
    headers: ada,
    status: 200,
    events: ['flag:read failure (handler-not-run) by ada'],
  },
  {
    name: 'a filter makes 200 of 409',
    send: 'POST /intercepted/filtered-ok',
    status: 200,
    events: ['flag:created failure (ConflictException) by nobody'],
  },
  {
    name: 'a filter makes 410 of 409',
    send: 'POST /intercepted/filtered-gone',
    status: 410,
    events: ['flag:created failure (ConflictException) by nobody'],
  },
  {
    name: "a middleware of Nest's refuses",
    send: 'POST /refused-by-middleware/a',
    status: 401,
    events: ['flag:created denied (unauthenticated) by nobody on a'],
  },
  {
    name: 'a middleware of the application refuses',
    send: 'POST /refused-by-use/a',
    status: 403,
    events: ['flag:created denied (forbidden) by nobody on a'],
  },
]
