import type { Comparison, Group } from '../benchmark.ts'

const servers = () => import('../web/nest-servers.ts')

const platforms = [
  { platform: 'express', title: 'Express', audited: 0.75, unaudited: 0.9 },
  { platform: 'fastify', title: 'Fastify', audited: 0.72, unaudited: 0.93 },
] as const

export const nest: Group = {
  name: 'nest',
  title: 'What auditing costs a NestJS application',
  about: `As for Koa, with NestJS 12 on Express and on Fastify. *Cost*: the additional time of a request over a bare one, compared with nestjs-pino, which writes its line to a file; on Fastify it wrote none here, and is left out.`,
  measures: {
    requestsPerSecond: { title: 'requests/s', unit: 'requests/s' },
    cpu: { title: 'CPU of a request', unit: 'µs' },
  },
  cases: [
    ...platforms.flatMap(({ platform, title }) => [
      { name: `${title}, bare`, load: async () => (await servers()).bare(platform) },
      { name: `${title}, audited`, load: async () => (await servers()).audited(platform) },
      { name: `${title}, a route that is not audited`, load: async () => (await servers()).unaudited(platform) },
    ]),
    { name: 'Express, nestjs-pino', load: async () => (await servers()).pinoLogged('express') },
  ],
  comparisons: [
    ...platforms.flatMap(({ title, audited, unaudited }): Comparison[] => {
      const shared = { goal: 'P8', against: `${title}, bare`, measure: 'requestsPerSecond' }
      return [
        { ...shared, of: `${title}, audited`, atLeast: audited },
        { ...shared, of: `${title}, a route that is not audited`, atLeast: unaudited },
      ]
    }),
    {
      goal: 'P8',
      of: 'Express, audited',
      against: 'Express, nestjs-pino',
      over: 'Express, bare',
      measure: 'requestsPerSecond',
      atMost: 0.25,
    },
  ],
}
