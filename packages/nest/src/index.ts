export { AuditModule } from './audit-module.ts'
export type {
  AnyAudit,
  AuditCallOptions,
  AuditModuleOptions,
  AuditOptionsFactory,
  OwnAuditOptions,
} from './audit-module-options.ts'
export type { CallSource } from './calls/call-source.ts'
export type { HttpRequest } from './calls/http-request.ts'
export { auditCoverage } from './coverage/audit-coverage.ts'
export { auditDecorators, Audited, NotAudited } from './decorators/audit-decorators.ts'
export type { AuditDecorators, AuditedDecorator, AuditedOptions, MethodOf, ResultOptions } from './decorators/audit-decorators.ts'
export type { AuditedCall, DoneCall } from './decorators/mark.ts'
export { AUDIT, InjectAudit } from './inject-audit.ts'
export { nestLogger } from './nest-logger.ts'
