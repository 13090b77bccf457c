import type { AnyCatalog } from '@audit/core'
import { auditRecorder, type AuditRecorderOptions } from '@audit/core/testing'
import { Module, type DynamicModule } from '@nestjs/common'
import type { AuditCallOptions } from '../audit-module-options.ts'
import { AuditModule } from '../audit-module.ts'

/**
 * An audit in memory, for tests of applications and of modules that inject one: `imports: [AuditTestingModule.forRoot({ events }),
 * FlagModule]`, then `module.get<AuditRecorder>(AUDIT).events`. Strict by default: an event that does not match the catalog is rejected.
 */
@Module({})
export class AuditTestingModule {
  static forRoot<const C extends AnyCatalog>(
    options: AuditRecorderOptions<C> & { readonly calls?: AuditCallOptions },
  ): DynamicModule {
    const { calls, ...recorderOptions } = options
    const audit = auditRecorder(recorderOptions as AuditRecorderOptions<C>)
    return { module: AuditTestingModule, imports: [AuditModule.forRoot({ audit, ...calls })], exports: [AuditModule] }
  }
}
