import { AuditError } from '../errors.ts'
import { noPayload } from '../event/schema.ts'
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

/** True if a handler's result can be the payload of this event: some events have no payload. */
export function takesPayload(audit: object, name: string): boolean {
  const schema = internalsOf(audit).catalog.definitions.get(name)?.payload
  // Compares vendors, because the schema may be from another copy of this package.
  return schema?.['~standard'].vendor !== noPayload['~standard'].vendor
}
