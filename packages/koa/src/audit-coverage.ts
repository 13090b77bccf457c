import { CoverageReport, type CoverageOptions, type RouteCoverage } from '@audit/core/adapter'
import { tableOf } from './audit-middleware.ts'
import { mountedRouters, type Routers } from './router-shape.ts'
import { Routes } from './routes.ts'

const nothing = { find: () => undefined, findExact: () => undefined, check: () => undefined, unused: () => [] }

/**
 * Lists every route of the routers with its event or its exemption, from the same data that recording uses:
 * `expect(auditCoverage(router)).toBeComplete()`. Includes the table of `auditMiddleware({ router, routes })` if that was called before.
 * Throws `AUDIT_INVALID_OPTIONS` for anything that is not a router, and if two wildcards of the table name a route differently.
 */
export function auditCoverage(routers: Routers, options: CoverageOptions = {}): CoverageReport {
  const rows: RouteCoverage[] = []
  const tables = new Set<NonNullable<ReturnType<typeof tableOf>>>()
  for (const mount of mountedRouters('auditCoverage()', routers)) {
    const table = tableOf(mount.router) ?? nothing
    tables.add(table)
    for (const { method, pattern, mark } of new Routes([mount], table).rows()) {
      const columns = mark && ('exempt' in mark ? { exempt: mark.exempt } : { event: mark.name })
      rows.push({ method, route: pattern, ...columns })
    }
  }
  for (const table of tables) table.check()
  return new CoverageReport(
    rows,
    [...tables].flatMap((table) => table.unused()),
    options,
  )
}
