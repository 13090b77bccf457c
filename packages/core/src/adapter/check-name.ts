import { AuditError } from '../errors.ts'
import { unknownEvent } from '../event/nearest.ts'
import { internalsOf } from './internals.ts'

/** Throws `AUDIT_UNKNOWN_EVENT` at start for an event the audit cannot record; `where` is the place that names it. */
export function checkName(audit: object, name: string, where: string): void {
  const problem = problemOfName(audit, name)
  if (problem) throw new AuditError('AUDIT_UNKNOWN_EVENT', `${where}: ${problem}`)
}

export function problemOfName(audit: object, name: string): string | undefined {
  const { catalog } = internalsOf(audit)
  return catalog.definitions.has(name) ? undefined : unknownEvent(catalog, name)
}
