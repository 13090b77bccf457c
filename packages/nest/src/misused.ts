import { AuditError } from '@audit/core'

/** What the application got wrong, told at start. */
export function misused(problem: string): AuditError {
  return new AuditError('AUDIT_INVALID_OPTIONS', problem)
}
