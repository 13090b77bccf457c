import { CoverageReport, type CoverageOptions, type RouteCoverage } from '@audit/core/adapter'
import { tableOf } from './audit-middleware.ts'
import { mountedRouters, type Routers } from './router-shape.ts'
import { Routes } from './routes.ts'

const nothing = { find: () => undefined, unused: () => [] }

/**
 * Every route of the routers with its event or its exemption, from what the recording itself goes by:
 * `expect(auditCoverage(router)).toBeComplete()`. Knows the table of `auditMiddleware({ router, routes })` once that was called. Throws
 * `AUDIT_INVALID_OPTIONS` for anything that is not a router.
 */
export function auditCoverage(routers: Routers, options: CoverageOptions = {}): CoverageReport {
  const rows: RouteCoverage[] = []
  const tables = new Set<NonNullable<ReturnType<typeof tableOf>>>()
  for (const mount of mountedRouters('auditCoverage()', routers)) {
    const table = tableOf(mount.router) ?? nothing
    tables.add(table)
    for (const { method, pattern, mark } of new Routes([mount], table).rows()) {
      const said = mark && ('exempt' in mark ? { exempt: mark.exempt } : { event: mark.name })
      rows.push({ method, route: pattern, ...said })
    }
  }
  return new CoverageReport(
    rows,
    [...tables].flatMap((table) => table.unused()),
    options,
  )
}
