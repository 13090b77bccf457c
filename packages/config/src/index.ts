export { configuredJournalDirectory } from './configured-journal.ts'
export type { ConfiguredJournalOptions } from './configured-journal.ts'
export { loadAuditConfig } from './load-audit-config.ts'
export type { AuditConfig, LoadAuditConfigOptions } from './audit-config.ts'
