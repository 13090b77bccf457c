import type { Group } from '../benchmark.ts'

const servers = () => import('../web/koa-servers.ts')

export const koa: Group = {
  name: 'koa',
  title: 'What auditing costs a Koa application',
  about: `The processor time of a request (user and system, all threads of the server, which has one core) decides; the requests a second over 32
connections (wrk, on a separate core) stand beside it. A POST whose JSON body is parsed, answered, and, if audited, recorded with actor, request and payload
in the file journal, which syncs it. *Cost*: the additional processor time of a request over a bare one, compared with koa-pino-logger, which writes its line to a
file, and with the *floor*: the cheapest trail with the same steps that was found (bounded copy, zod, redaction by key, UUIDv7, one context per request, one
write and \`fdatasync\` per 10 ms), without options, counters and retries.`,
  measures: {
    requestsPerSecond: { title: 'requests/s', unit: 'requests/s' },
    cpu: { title: 'CPU of a request', unit: 'µs' },
  },
  cases: [
    { name: 'bare Koa', load: async () => (await servers()).bare },
    { name: 'audited', load: async () => (await servers()).audited },
    { name: 'a route that is not audited', load: async () => (await servers()).unaudited },
    { name: 'koa-pino-logger', load: async () => (await servers()).pinoLogged },
    { name: 'floor', load: async () => (await servers()).floor },
  ],
  comparisons: [
    { goal: 'P7', of: 'audited', against: 'koa-pino-logger', over: 'bare Koa', measure: 'cpu', atMost: 0.6 },
    { of: 'audited', against: 'floor', over: 'bare Koa', measure: 'cpu' },
    // At 1.28 times the processor time, a saturated core keeps 78 % of the rate.
    { goal: 'P7', of: 'audited', against: 'bare Koa', measure: 'cpu', atMost: 1.28 },
    { goal: 'P7', of: 'a route that is not audited', against: 'bare Koa', measure: 'cpu', atMost: 1.04 },
    { of: 'audited', against: 'bare Koa', measure: 'requestsPerSecond' },
    { of: 'a route that is not audited', against: 'bare Koa', measure: 'requestsPerSecond' },
  ],
}
