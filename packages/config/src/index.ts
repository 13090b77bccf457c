export { loadAuditConfig } from './load-audit-config.ts'
export type { AuditConfig, LoadAuditConfigOptions } from './audit-config.ts'
