import { CoverageReport, type CoverageOptions } from '@audit/core/adapter'
import { routersOf, type RouterOption } from './router.ts'
import { Routes } from './routes.ts'

/** Every route of the routers, by the walk that the recording itself goes by. */
export function coverageOf(
  audit: object,
  given: RouterOption | readonly RouterOption[],
  options: CoverageOptions = {},
): CoverageReport {
  const asked = Map.groupBy(routersOf(given), ({ router }) => router)
  const found = Array.from(asked, ([router, mounted]) => ({
    router,
    routes: Routes.given(audit, router) ?? new Routes(audit, mounted),
  }))
  const rows = found.flatMap(({ router, routes }) => routes.rowsOf(router))
  const unused = new Set(found.flatMap(({ routes }) => routes.unused()))
  return new CoverageReport(rows, [...unused], options)
}
