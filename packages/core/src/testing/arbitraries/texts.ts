import fc from 'fast-check'

/** Text of any script that consists of valid characters, so that it is unchanged when it is read from a trail. */
export function texts(maxLength: number): fc.Arbitrary<string> {
  return fc.oneof(fc.string({ maxLength, unit: 'grapheme' }), fc.string({ maxLength, unit: 'grapheme-ascii' }))
}

/** Ids, names and codes; never empty. */
export function shortTexts(): fc.Arbitrary<string> {
  return fc.oneof(fc.stringMatching(/^[a-z]_[a-z0-9]{1,8}$/), fc.string({ minLength: 1, maxLength: 24, unit: 'grapheme' }))
}
