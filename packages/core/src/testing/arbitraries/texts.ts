import fc from 'fast-check'

/** Text of any script that has characters alone, so that it comes back from a trail as it was. */
export function texts(maxLength: number): fc.Arbitrary<string> {
  return fc.oneof(fc.string({ maxLength, unit: 'grapheme' }), fc.string({ maxLength, unit: 'grapheme-ascii' }))
}

/** Ids, names and codes. Not empty. */
export function shortTexts(): fc.Arbitrary<string> {
  return fc.oneof(fc.stringMatching(/^[a-z]_[a-z0-9]{1,8}$/), fc.string({ minLength: 1, maxLength: 24, unit: 'grapheme' }))
}
