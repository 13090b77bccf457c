import type { EventDefinition } from '../event/catalog.ts'
import type { Invalid } from '../event/event.ts'
import { pathOf, type SchemaIssue, type SchemaResult } from '../event/schema.ts'
import { plainCopy, type CopyOptions, type PlainCopy } from '../event/plain-copy.ts'
import { toMark } from '../event/pointer.ts'
import { maskInvalid } from './mask-invalid.ts'

/** A payload as it will be recorded. */
export interface CheckedPayload extends PlainCopy {
  readonly invalid: readonly Invalid[]
}

const MAX_ISSUES = 50
const thrown: SchemaIssue & { code: string } = { message: 'The schema threw.', code: 'schema-threw' }
/** Its promise cannot be waited for: the event is recorded where the call stands. */
export const asynchronous: SchemaIssue & { code: string } = { message: 'The schema answered with a promise.', code: 'asynchronous-schema' }
const CODE = /^[\w.-]{1,64}$/

/**
 * Copies a payload, shows the copy to its schema and returns what the schema lets through. A refused payload comes back with its
 * offending values masked and `invalid` set; so does one whose schema throws or answers with a promise. Never throws.
 */
export function checkPayload(definition: EventDefinition, payload: unknown, options: CopyOptions): CheckedPayload {
  const copy = plainCopy(payload, options)
  const result = validate(definition, copy.value)
  if (result.issues) {
    return { ...copy, value: maskInvalid(copy.value, result.issues), invalid: result.issues.slice(0, MAX_ISSUES).map(invalidOf) }
  }
  if (result.value === copy.value) return { ...copy, invalid: [] }
  // What a schema returns is as foreign as what it was given: a transform can build anything.
  const parsed = plainCopy(result.value, options)
  const truncated = copy.truncated.length > 0 ? [...new Set([...copy.truncated, ...parsed.truncated])] : parsed.truncated
  return { value: parsed.value, bytes: parsed.bytes, truncated, invalid: [] }
}

function validate(definition: EventDefinition, value: unknown): SchemaResult<unknown> {
  let result: SchemaResult<unknown> | Promise<SchemaResult<unknown>>
  try {
    result = definition.payload['~standard'].validate(value)
  } catch {
    return { issues: [thrown] }
  }
  if (!(result instanceof Promise)) return result
  result.catch(() => undefined)
  return { issues: [asynchronous] }
}

/** The issue's place and code; its message stays out, since it may quote the value. */
function invalidOf(issue: SchemaIssue): Invalid {
  const code = (issue as { code?: unknown }).code
  return { path: toMark(pathOf(issue)), code: typeof code === 'string' && CODE.test(code) ? code : 'invalid' }
}
