import type { Case } from './case.ts'

const denied = (reason: string, target?: string) => [
  `flag:created denied (${reason}) by anonymous${target ? ` on ${target}` : ''}`,
]

/** Answers of middleware, before the handler. */
export const middlewareCases: readonly Case[] = [
  { name: 'bound to a path and method', send: 'POST /behind/for-method/a', status: 401, events: denied('unauthenticated', 'a') },
  {
    name: 'bound to a controller',
    send: 'DELETE /bound/a',
    status: 403,
    events: ['flag:deleted denied (forbidden) by anonymous on a'],
  },
  {
    name: 'that throws',
    send: 'POST /behind/thrown-by-middleware/a',
    status: 401,
    events: denied('unauthenticated', 'a'),
  },
  { name: 'that throttles', send: 'POST /behind/throttled/a', status: 429, events: denied('status-429', 'a') },
  {
    name: 'that rejects a malformed request',
    send: 'POST /behind/malformed/a',
    status: 400,
    events: ['flag:created failure (status-400) by anonymous on a'],
  },
  {
    name: 'after another one has rewritten the path',
    send: 'POST /old/behind/refused-after-rewrite/a',
    only: 'express',
    status: 403,
    events: denied('forbidden', 'a'),
  },
  {
    name: 'below a path it was mounted on',
    send: 'POST /behind/under-a-mount/a',
    only: 'express',
    status: 403,
    events: denied('forbidden', 'a'),
  },
  {
    name: 'of app.all(), for all below a path',
    send: 'POST /behind/all/a',
    only: 'express',
    status: 401,
    events: denied('unauthenticated', 'a'),
  },
  {
    name: 'after a route of Express has passed the request on',
    send: 'POST /behind/skipped/a',
    only: 'express',
    status: 403,
    events: denied('forbidden', 'a'),
  },
  {
    name: 'a route of Express itself is another than the audited one',
    send: 'DELETE /bound/foreign',
    only: 'express',
    status: 404,
    events: [],
  },
  {
    name: 'a broken percent-encoding is refused without a target',
    send: 'POST /behind/refused-after/%E0%A4%A',
    only: 'express',
    status: 403,
    events: denied('forbidden'),
  },
  {
    name: 'the router refuses a broken percent-encoding',
    send: 'POST /behind/plain/%E0%A4%A',
    only: 'express',
    status: 400,
    events: ['flag:created failure (status-400) by anonymous'],
  },
  // It has no route there.
  { name: 'a broken percent-encoding', send: 'POST /behind/plain/%E0%A4%A', only: 'fastify', status: 400, events: [] },
  { name: 'before a route that is not audited', send: 'GET /shadowed/me', status: 401, events: [] },
  {
    name: 'that redirects',
    send: 'POST /behind/redirected/a',
    status: 302,
    events: ['flag:created failure (handler-not-run) by anonymous on a'],
  },
  {
    name: 'that redirects a caller who is not signed in',
    send: 'POST /behind/to-login/a',
    status: 302,
    events: denied('unauthenticated', 'a'),
  },
  {
    name: 'that redirects a caller who is signed in',
    send: 'POST /behind/to-elsewhere/a',
    status: 302,
    events: ['flag:created failure (handler-not-run) by anonymous on a'],
  },
]
