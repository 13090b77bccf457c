import type { Case } from './case.ts'

const ada = { authorization: 'ada' }

/** What comes after the handler has done its operation (#15). */
export const lateCases: readonly Case[] = [
  {
    name: 'an interceptor forbids what the handler has done',
    send: 'DELETE /late/forbidden',
    headers: ada,
    status: 403,
    events: ['flag:deleted success, answered 403 ForbiddenException by ada'],
  },
  {
    name: 'an interceptor forbids what the handler has done, of an event that must not go unrecorded',
    send: 'DELETE /late/closed-forbidden',
    headers: ada,
    status: 403,
    events: ['flag:deleted attempted by ada', 'flag:deleted success, answered 403 ForbiddenException by ada'],
  },
  {
    name: 'the result cannot be serialized, of an event that must not go unrecorded',
    send: 'POST /late/closed-unserializable',
    status: 500,
    events: ['flag:purged attempted by nobody', 'flag:purged success, answered 500 TypeError by nobody: {"key":"a"}'],
  },
  {
    name: 'a response without a body, of an event that must not go unrecorded',
    send: 'POST /late/closed-empty',
    status: 204,
    events: ['flag:purged attempted by nobody', 'flag:purged success by nobody: {"key":"a"}'],
  },
  {
    name: 'the result cannot be serialized',
    send: 'POST /late/unserializable',
    status: 500,
    events: ['flag:created success, answered 500 TypeError by nobody: {"key":"a"}'],
  },
  {
    name: 'an interceptor answers while the handler runs to its end',
    send: 'POST /late/impatient',
    status: 403,
    events: ['flag:created success, answered 403 ForbiddenException by nobody: {"key":"late"}'],
  },
  {
    name: 'an interceptor answers while the handler runs, and fails',
    send: 'POST /late/impatient-throws',
    status: 403,
    events: ['flag:created failure (RangeError) by nobody'],
  },
  {
    name: 'an interceptor answers while an Observable runs to its end',
    send: 'POST /late/impatient-observable',
    status: 403,
    events: ['flag:created success, answered 403 ForbiddenException by nobody: {"key":"late"}'],
  },
  {
    name: 'an interceptor changes the result: the payload is what the handler returned',
    send: 'PUT /late/changed',
    status: 200,
    events: ['flag:updated success by nobody: {"key":"returned"}'],
  },
  {
    name: 'an interceptor changes the result that a payload callback was shown',
    send: 'PUT /late/changed-callback',
    status: 200,
    events: ['flag:updated success by nobody: {"key":"returned"}'],
  },
  {
    name: 'a web stream',
    send: 'GET /late/web-stream',
    status: 200,
    events: ['flag:exported success by nobody'],
  },
  {
    name: 'denied() inside settles the event of the route',
    send: 'POST /late/denies',
    headers: ada,
    status: 201,
    events: ['flag:created denied (over-the-limit) by ada'],
  },
  {
    name: 'a logout is by the user who was signed in',
    send: 'DELETE /late/session',
    headers: ada,
    status: 200,
    events: ['flag:deleted success by ada'],
  },
  {
    name: 'record() after a logout',
    send: 'POST /late/records-after-logout',
    headers: ada,
    status: 201,
    events: ['flag:created success by ada: {"key":"after"}'],
  },
  {
    name: 'a handler is not given more than it asks for',
    send: 'POST /late/several',
    status: 201,
    events: ['flag:created success by nobody: {"key":"0 arguments"}'],
  },
  {
    name: 'an interceptor retries until the handler succeeds',
    send: 'POST /late/third-time',
    status: 201,
    events: ['flag:created success by nobody: {"key":"3"}'],
  },
  {
    name: 'an interceptor retries what must not go unrecorded: each run is an attempt of its own',
    send: 'POST /late/third-time-closed',
    status: 201,
    events: [
      'flag:created attempted by nobody',
      'flag:created failure (RangeError) by nobody',
      'flag:created attempted by nobody',
      'flag:created failure (RangeError) by nobody',
      'flag:created attempted by nobody',
      'flag:created success by nobody: {"key":"3"}',
    ],
  },
  {
    name: 'an interceptor retries in vain',
    send: 'POST /late/never',
    status: 403,
    events: ['flag:created denied (forbidden) by nobody'],
  },
]
