import fc from 'fast-check'
import { texts } from './texts.ts'

/** Within the default limits of an event with much to spare, as is each list and object in it. */
const MAX_MEMBERS = 8
const MAX_LENGTH = 60
const MAX_DEPTH = 4

/**
 * Payloads that a trail shows as they are: objects of what JSON has, within the default limits. Keys name no secret. What a program
 * may hand over besides is in `hostilePayloads`.
 */
export function payloads(): fc.Arbitrary<Record<string, unknown>> {
  const keys = fc.oneof(
    fc.stringMatching(/^[a-f]{1,3}$/),
    fc.constantFrom('key', 'name', 'enabled', 'Größe', '日本', '', '0', '~/', '__proto__'),
  )
  // There is one zero in JSON.
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
