import type { Group } from '../benchmark.ts'

const servers = () => import('../web/koa-servers.ts')

export const koa: Group = {
  name: 'koa',
  title: 'What auditing costs a Koa application',
  about: `Requests a second that one core answers over 32 connections (wrk, on a separate core): a POST whose JSON body is parsed, answered, and, if audited, recorded
with actor, request and payload in the file journal, which syncs it. *Cost*: the additional time of a request over a bare one, compared with koa-pino-logger, which writes its line to a file.`,
  measures: {
    requestsPerSecond: { title: 'requests/s', unit: 'requests/s' },
    cpu: { title: 'CPU of a request', unit: 'µs' },
  },
  cases: [
    { name: 'bare Koa', load: async () => (await servers()).bare },
    { name: 'audited', load: async () => (await servers()).audited },
    { name: 'a route that is not audited', load: async () => (await servers()).unaudited },
    { name: 'koa-pino-logger', load: async () => (await servers()).pinoLogged },
  ],
  comparisons: [
    { goal: 'P7', of: 'audited', against: 'bare Koa', measure: 'requestsPerSecond', atLeast: 0.7 },
    { goal: 'P7', of: 'a route that is not audited', against: 'bare Koa', measure: 'requestsPerSecond', atLeast: 0.93 },
    { goal: 'P7', of: 'audited', against: 'koa-pino-logger', over: 'bare Koa', measure: 'requestsPerSecond', atMost: 0.4 },
  ],
}
