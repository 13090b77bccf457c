import type { Case } from './case.ts'

const ada = { authorization: 'ada' }

/** Steps after the handler has done its operation (#15). */
export const lateCases: readonly Case[] = [
  {
    name: 'an interceptor throws 403 after the handler',
    send: 'DELETE /late/forbidden',
    headers: ada,
    status: 403,
    events: ['flag:deleted success, answered 403 ForbiddenException by ada'],
  },
  {
    name: 'an interceptor throws 403 after the handler, fail-closed',
    send: 'DELETE /late/closed-forbidden',
    headers: ada,
    status: 403,
    events: ['flag:deleted attempted by ada', 'flag:deleted success, answered 403 ForbiddenException by ada'],
  },
  {
    name: 'the result cannot be serialized, fail-closed',
    send: 'POST /late/closed-unserializable',
    status: 500,
    events: ['flag:purged attempted by anonymous', 'flag:purged success, answered 500 TypeError by anonymous: {"key":"a"}'],
  },
  {
    name: 'a response without a body, fail-closed',
    send: 'POST /late/closed-empty',
    status: 204,
    events: ['flag:purged attempted by anonymous', 'flag:purged success by anonymous: {"key":"a"}'],
  },
  {
    name: 'the result cannot be serialized',
    send: 'POST /late/unserializable',
    status: 500,
    events: ['flag:created success, answered 500 TypeError by anonymous: {"key":"a"}'],
  },
  {
    name: 'an interceptor answers while the handler runs to its end',
    send: 'POST /late/impatient',
    status: 403,
    events: ['flag:created success, answered 403 ForbiddenException by anonymous: {"key":"late"}'],
  },
  {
    name: 'an interceptor answers while the handler runs, and fails',
    send: 'POST /late/impatient-throws',
    status: 403,
    events: ['flag:created failure (RangeError) by anonymous'],
  },
  {
    name: 'an interceptor answers while an Observable runs to its end',
    send: 'POST /late/impatient-observable',
    status: 403,
    events: ['flag:created success, answered 403 ForbiddenException by anonymous: {"key":"late"}'],
  },
  {
    name: 'an interceptor changes the result: the payload is what the handler returned',
    send: 'PUT /late/changed',
    status: 200,
    events: ['flag:updated success by anonymous: {"key":"returned"}'],
  },
  {
    name: 'an interceptor changes the result after the payload callback',
    send: 'PUT /late/changed-callback',
    status: 200,
    events: ['flag:updated success by anonymous: {"key":"returned"}'],
  },
  {
    name: 'a web stream',
    send: 'GET /late/web-stream',
    status: 200,
    events: ['flag:exported success by anonymous'],
  },
  {
    name: 'denied() inside settles the event of the route',
    send: 'POST /late/denies',
    headers: ada,
    status: 201,
    events: ['flag:created denied (over-the-limit) by ada'],
  },
  {
    name: 'the actor of a logout is the user who was signed in',
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
    name: 'a handler receives only the arguments that it declares',
    send: 'POST /late/several',
    status: 201,
    events: ['flag:created success by anonymous: {"key":"0 arguments"}'],
  },
  {
    name: 'an interceptor retries until the handler succeeds',
    send: 'POST /late/third-time',
    status: 201,
    events: ['flag:created success by anonymous: {"key":"3"}'],
  },
  {
    name: 'an interceptor retries a fail-closed handler: each run is a separate attempt',
    send: 'POST /late/third-time-closed',
    status: 201,
    events: [
      'flag:created attempted by anonymous',
      'flag:created failure (RangeError) by anonymous',
      'flag:created attempted by anonymous',
      'flag:created failure (RangeError) by anonymous',
      'flag:created attempted by anonymous',
      'flag:created success by anonymous: {"key":"3"}',
    ],
  },
  {
    name: 'an interceptor retries without success',
    send: 'POST /late/never',
    status: 403,
    events: ['flag:created denied (forbidden) by anonymous'],
  },
]
