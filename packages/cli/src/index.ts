export { verifyTrail } from './verify/verify-trail.ts'
export type { VerifyOptions } from './verify/verify-trail.ts'
export type { Cause, Doubt, DoubtReason, Finding, ProvenRange, SourceReport, TrailReport } from './verify/report.ts'
