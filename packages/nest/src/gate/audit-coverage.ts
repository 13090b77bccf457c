import type { CoverageOptions, CoverageReport } from '@audit/core/adapter'
import type { INestApplication } from '@nestjs/common'
import { AuditModule } from '../audit-module.ts'

/**
 * Every route of the application with its event or its exemption, from what the recording itself goes by:
 * `expect(await auditCoverage(app)).toBeComplete()`. Initialises the application if that was not done. Throws if it does not import
 * AuditModule.
 */
export async function auditCoverage(app: INestApplication, options: CoverageOptions = {}): Promise<CoverageReport> {
  await app.init()
  return app.get(AuditModule, { strict: false }).coverage(options)
}
