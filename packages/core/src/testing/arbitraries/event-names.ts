import fc from 'fast-check'

/** Names that a catalog accepts: `flag:created`, `a-1:b`. Never of the noun `audit`, which is the library's. */
export function eventNames(): fc.Arbitrary<`${string}:${string}`> {
  const usual = fc.constantFrom('flag', 'segment', 'user', 'created', 'updated', 'deleted')
  const part = fc.oneof({ weight: 3, arbitrary: usual }, { weight: 1, arbitrary: fc.stringMatching(/^[a-z][a-z0-9-]{0,63}$/) })
  const noun = part.filter((name) => name !== 'audit')
  return fc.tuple(noun, part).map(([type, action]) => `${type}:${action}` as const)
}
