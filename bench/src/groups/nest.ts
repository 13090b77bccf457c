import type { Comparison, Group } from '../benchmark.ts'

const servers = () => import('../web/nest-servers.ts')

// At 1.32 and 1.85 times the processor time, a saturated core keeps 76 and 54 % of the rate.
const platforms = [
  { platform: 'express', title: 'Express', audited: 1.32, unaudited: 1.05 },
  { platform: 'fastify', title: 'Fastify', audited: 1.85, unaudited: 1.1 },
] as const

export const nest: Group = {
  name: 'nest',
  title: 'What auditing costs a NestJS application',
  about: `As for Koa, with NestJS 12 on Express and on Fastify: processor time decides. *Cost*: the additional processor time of a request over a bare one, compared with nestjs-pino, which writes its line to a file (on Fastify it wrote none here, and is left out), and with the floor.`,
  measures: {
    requestsPerSecond: { title: 'requests/s', unit: 'requests/s' },
    cpu: { title: 'CPU of a request', unit: 'µs' },
  },
  cases: [
    ...platforms.flatMap(({ platform, title }) => [
      { name: `${title}, bare`, load: async () => (await servers()).bare(platform) },
      { name: `${title}, audited`, load: async () => (await servers()).audited(platform) },
      { name: `${title}, a route that is not audited`, load: async () => (await servers()).unaudited(platform) },
      { name: `${title}, floor`, load: async () => (await servers()).floor(platform) },
    ]),
    { name: 'Express, nestjs-pino', load: async () => (await servers()).pinoLogged('express') },
  ],
  comparisons: [
    {
      goal: 'P8',
      of: 'Express, audited',
      against: 'Express, nestjs-pino',
      over: 'Express, bare',
      measure: 'cpu',
      atMost: 0.5,
    },
    ...platforms.flatMap(({ title, audited, unaudited }): Comparison[] => {
      const [of, plain, bare] = [`${title}, audited`, `${title}, a route that is not audited`, `${title}, bare`]
      return [
        { goal: 'P8', of, against: `${title}, floor`, over: bare, measure: 'cpu', atMost: 1.3 },
        { goal: 'P8', of, against: bare, measure: 'cpu', atMost: audited },
        { goal: 'P8', of: plain, against: bare, measure: 'cpu', atMost: unaudited },
        { of, against: bare, measure: 'requestsPerSecond' },
        { of: plain, against: bare, measure: 'requestsPerSecond' },
      ]
    }),
  ],
}
