import type { CoverageOptions, CoverageReport } from '@audit/core/adapter'
import type { INestApplication } from '@nestjs/common'
import { AuditModule } from '../audit-module.ts'

/**
 * Lists every route of the application with its event or its exemption, from the same data that recording uses:
 * `expect(await auditCoverage(app)).toBeComplete()`. Initializes the application if needed. Throws if it does not import AuditModule.
 */
export async function auditCoverage(app: INestApplication, options: CoverageOptions = {}): Promise<CoverageReport> {
  await app.init()
  return app.get(AuditModule, { strict: false }).coverage(options)
}
