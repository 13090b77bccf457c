import { AuditError } from '@audit/core'

/** Creates the error for wrong options or decorators, which is thrown at start. */
export function misused(problem: string): AuditError {
  return new AuditError('AUDIT_INVALID_OPTIONS', problem)
}
