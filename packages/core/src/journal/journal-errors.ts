import { AuditError } from '../errors.ts'

export function cursorTaken(name: string): AuditError {
  const problem = `The journal has an open cursor named '${name}'. Give each sink a different name.`
  return new AuditError('AUDIT_CURSOR_TAKEN', problem)
}

export function cursorClosed(): AuditError {
  return new AuditError('AUDIT_CLOSED', 'This cursor of the journal is closed.')
}

export function journalClosed(): AuditError {
  return new AuditError('AUDIT_CLOSED', 'The journal is closed.')
}

export function journalUnavailable(what: string): AuditError {
  return new AuditError('AUDIT_JOURNAL_UNAVAILABLE', `The journal ${what}.`)
}
