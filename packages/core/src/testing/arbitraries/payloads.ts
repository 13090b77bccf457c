import fc from 'fast-check'
import { texts } from './texts.ts'

/** Well within the default limits of an event, as is each list and object in it. */
const MAX_MEMBERS = 8
const MAX_LENGTH = 60
const MAX_DEPTH = 4

/**
 * Payloads that a trail shows unchanged: objects of JSON values, within the default limits. Their keys name no secret.
 * `hostilePayloads` has all other values that a program may pass.
 */
export function payloads(): fc.Arbitrary<Record<string, unknown>> {
  const keys = fc.oneof(
    fc.stringMatching(/^[a-f]{1,3}$/),
    fc.constantFrom('key', 'name', 'enabled', 'Größe', '日本', '', '0', '~/', '__proto__'),
  )
  // JSON has only one zero.
  const numbers = fc.oneof(
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
  )
  const { object } = fc.letrec<{ value: unknown; object: Record<string, unknown> }>((tie) => ({
    value: fc.oneof(
      { maxDepth: MAX_DEPTH, withCrossShrink: true },
      fc.oneof(texts(MAX_LENGTH), numbers, fc.boolean(), fc.constant(null)),
      fc.array(tie('value'), { maxLength: MAX_MEMBERS }),
      tie('object'),
    ),
    object: fc.dictionary(keys, tie('value'), { maxKeys: MAX_MEMBERS, noNullPrototype: true }),
  }))
  return object
}
