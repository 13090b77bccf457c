export { verifyTrail } from './verify/verify-trail.ts'
export type { VerifyOptions } from './verify/verify-trail.ts'
export type { Cause, Finding, SourceReport, TrailReport } from './verify/report.ts'
