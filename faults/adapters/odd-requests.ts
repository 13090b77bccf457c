// Sends odd requests to applications that keep their own ledger, and compares the trail with it.
//
//   node faults/adapters/odd-requests.ts [--quick] [--seed N] [--only koa3-router15 | nest11-fastify] [--control response-decides]
//
// A platform is plugged in by a `FuzzPlatform` in the list below.
import { fuzzControls, runAdapterFuzz, type FuzzPlatform } from '../../packages/core/dist/testing/adapter/index.js'
import { fuzzedKoa } from '../../packages/koa/test/fuzzed-koa.ts'
import { load } from '../../packages/koa/test/versions.ts'
import { runFaultRow } from '../harness/fault-row.ts'
import { nestPlatforms } from './nest-versions.ts'
import { oddRequests } from './odd-requests.row.ts'

const REQUESTS = 10_000
const QUICK_REQUESTS = 200

const koas = [
  ['koa3', 'koa'],
  ['koa2', 'koa2'],
] as const
const routers = [
  ['router15', '@koa/router-15.7.0'],
  ['router14', '@koa/router-14.0.0'],
  ['router13', '@koa/router-13.1.1'],
  ['router7', 'koa-router-7.4.0'],
] as const

const koaPlatforms = koas.flatMap(([koa, koaPackage]) =>
  routers.map(([router, routerPackage]) => fuzzedKoa(`${koa}-${router}`, { Koa: load(koaPackage), Router: load(routerPackage) })),
)
/** Add the platforms of another adapter here. */
const platforms: readonly FuzzPlatform[] = [...koaPlatforms, ...nestPlatforms]

await runFaultRow({
  row: oddRequests,
  parts: platforms.map(({ name }) => name),
  async run({ seed, isQuick, control, only, progress, expect }) {
    const count = isQuick ? QUICK_REQUESTS : REQUESTS
    let [requests, events] = [0, 0]
    const chosen = platforms.filter(({ name }) => only === undefined || name === only)
    for (const platform of chosen) {
      const result = await runAdapterFuzz(platform, { seed, count, control: fuzzControls.find((name) => name === control) })
      requests += result.requests
      events += result.events
      for (const violation of result.violations) expect(false, `${platform.name}: ${violation}`)
      progress(`${platform.name}: ${result.requests} requests, ${result.events} events, ${result.violations.length} violations`)
    }
    return `${requests} requests to ${chosen.length} platforms, ${events} events; 0 false, 0 missing, 0 crashes`
  },
})
