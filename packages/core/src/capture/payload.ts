import type { EventDefinition } from '../event/catalog.ts'
import { isWord } from '../copy/class-name.ts'
import type { Invalid } from '../event/event.ts'
import { plainCopy, type CopyOptions, type PlainCopy } from '../copy/plain-copy.ts'
import { toMark } from '../copy/pointer.ts'
import { pathOf, type SchemaIssue } from '../event/schema.ts'
import { HeldCopy } from './held-copy.ts'
import { invalidMark, maskInvalid, shownPath, type Misfit } from './mask-invalid.ts'
import { onlyNamed } from './only-named.ts'

/** A payload as it will be recorded. */
export interface CheckedPayload extends PlainCopy {
  readonly invalid: readonly Invalid[]
}

/** The result of a schema. */
type Verdict = { readonly value: unknown; readonly misfits?: undefined } | { readonly misfits: readonly Misfit[] }

const MAX_ISSUES = 50
/** The schema's promise cannot be awaited: the event is recorded synchronously. */
export const asynchronous: Misfit = { path: [], code: 'asynchronous-schema', keys: [] }
const thrown: Misfit = { path: [], code: 'schema-threw', keys: [] }

/**
 * Copies a payload, passes the copy to its schema and returns the schema's result. For a refused payload, keeps only the members
 * that the schema names, masks the values that do not fit, and sets `invalid`; the same if the schema throws or is asynchronous.
 * Never throws.
 */
export function checkPayload(definition: EventDefinition, payload: unknown, options: CopyOptions): CheckedPayload {
  const { value, misfits, ...copied } = shownToSchema(definition, payload, options)
  if (!misfits) return { ...copied, value, invalid: [] }
  const invalid = misfits.slice(0, MAX_ISSUES).map((misfit) => invalidOf(misfit, value))
  return { ...copied, value: onlyNamed(definition.payload, maskInvalid(value, misfits)), invalid }
}

/**
 * Copies the known part of a payload whose operation is not done, or was not done; it need not fit. Returns the result of the
 * schema if it fits, else the members that the schema names, unchanged. Never throws.
 */
export function knownPayload(definition: EventDefinition, payload: unknown, options: CopyOptions): CheckedPayload {
  if (payload === undefined || payload === null) return { value: null, bytes: 4, truncated: [], invalid: [] }
  const { value, misfits, ...copied } = shownToSchema(definition, payload, options)
  if (!misfits) return { ...copied, value, invalid: [] }
  const named = onlyNamed(definition.payload, value)
  const invalid = named === invalidMark ? misfits.slice(0, MAX_ISSUES).map((misfit) => invalidOf(misfit, value)) : []
  return { ...copied, value: named, invalid }
}

interface Shown extends PlainCopy {
  readonly misfits?: readonly Misfit[]
}

function shownToSchema(definition: EventDefinition, payload: unknown, options: CopyOptions): Shown {
  const held = HeldCopy.isHeld(payload) ? payload : undefined
  const copy = plainCopy(held ? held.value : payload, options)
  const verdict = validate(definition, copy.value)
  // A schema's result, and a copy that it has changed, are as untrusted as its input: a transform can build anything.
  const { value, bytes, truncated } = plainCopy(verdict.misfits ? copy.value : verdict.value, options)
  const earlier = [...(held?.truncated ?? []), ...copy.truncated]
  const marks = earlier.length > 0 ? [...new Set([...earlier, ...truncated])] : truncated
  return { value, bytes, truncated: marks, ...(verdict.misfits && { misfits: verdict.misfits }) }
}

function validate(definition: EventDefinition, value: unknown): Verdict {
  try {
    const result = definition.payload['~standard'].validate(value)
    if (isPromise(result)) {
      result.then(undefined, () => undefined)
      return { misfits: [asynchronous] }
    }
    return result.issues ? { misfits: Array.from(result.issues, misfitOf) } : { value: result.value }
  } catch {
    return { misfits: [thrown] }
  }
}

function isPromise(result: unknown): result is PromiseLike<unknown> {
  return typeof (result as Partial<PromiseLike<unknown>>).then === 'function'
}

/** Keys that a validator lists in one issue instead of reporting each, as zod does in `keys`. */
function misfitOf(issue: SchemaIssue): Misfit {
  const { code, keys } = issue as { readonly code?: unknown; readonly keys?: unknown }
  return {
    path: pathOf(issue),
    code: typeof code === 'string' && isWord(code) ? code : 'invalid',
    keys: Array.isArray(keys) ? keys.filter((key) => typeof key === 'string') : [],
  }
}

/** The issue's place and code; its message is left out, since it may quote the value. */
function invalidOf(misfit: Misfit, value: unknown): Invalid {
  return { path: toMark(shownPath(value, misfit)), code: misfit.code }
}
