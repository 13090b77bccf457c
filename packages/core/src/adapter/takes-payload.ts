import { noPayload } from '../event/schema.ts'
import { internalsOf } from './internals.ts'

/** Whether an answer may stand for the event's payload at all: events that say all by their name have none. */
export function takesPayload(audit: object, name: string): boolean {
  const schema = internalsOf(audit).catalog.definitions.get(name)?.payload
  // By its vendor, since it may be that of another copy of this package.
  return schema?.['~standard'].vendor !== noPayload['~standard'].vendor
}
