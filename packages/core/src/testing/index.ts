export { auditRecorder, watchAudit } from './recorder.ts'
export type { AuditRecorder, AuditRecorderOptions, AuditWatch } from './recorder.ts'
export { auditMatchers } from './matchers.ts'
export type { AuditedOptions, MatcherResult } from './matchers.ts'
