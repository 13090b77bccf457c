import { noPayload } from '../event/schema.ts'
import { internalsOf } from './internals.ts'

/** True if a handler's result can be the payload of this event: some events have no payload. */
export function takesPayload(audit: object, name: string): boolean {
  const schema = internalsOf(audit).catalog.definitions.get(name)?.payload
  // Compares vendors, because the schema may be from another copy of this package.
  return schema?.['~standard'].vendor !== noPayload['~standard'].vendor
}
