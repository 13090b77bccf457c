import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isPublicAddress } from './public-address.ts'
import { publicUrlProblem } from './public-url.ts'

const inside: readonly (readonly [first: number, bits: number])[] = [
  [0x00000000, 8],
  [0x0a000000, 8],
  [0x64400000, 10],
  [0x7f000000, 8],
  [0xa9fe0000, 16],
  [0xac100000, 12],
  [0xc0000000, 24],
  [0xc0000200, 24],
  [0xc01fc400, 24],
  [0xc034c100, 24],
  [0xc0586300, 24],
  [0xc0a80000, 16],
  [0xc0af3000, 24],
  [0xc6120000, 15],
  [0xc6336400, 24],
  [0xcb007100, 24],
  [0xe0000000, 4],
  [0xf0000000, 4],
]
const insideAddress = fc
  .tuple(fc.constantFrom(...inside), fc.nat(0xffff_ffff))
  .map(([[first, bits], random]) => first + (random % 2 ** (32 - bits)))

/** One number of an address, in the notations of C. */
const part = (value: number): fc.Arbitrary<string> =>
  fc.tuple(fc.constantFrom('decimal', 'octal', 'hex', 'HEX'), fc.nat(5)).map(([base, zeros]) => {
    if (base === 'decimal') return String(value)
    if (base === 'octal') return `${'0'.repeat(zeros + 1)}${value.toString(8)}`
    return base === 'hex'
      ? `0x${'0'.repeat(zeros)}${value.toString(16)}`
      : `0X${'0'.repeat(zeros)}${value.toString(16).toUpperCase()}`
  })

/** Any character as itself, in another script, or percent-encoded. */
const disguised = (text: string): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(0, 0, 0, 1, 2), { minLength: text.length, maxLength: text.length }).map((ways) =>
    [...text]
      .map((character, index) => {
        if (ways[index] === 0) return character
        if (ways[index] === 2) return `%${character.charCodeAt(0).toString(16)}`
        return character === '.' ? '。' : String.fromCharCode(character.charCodeAt(0) + 0xfee0)
      })
      .join(''),
  )

/** An address in 1 to 4 numbers, the last of which covers the remaining bytes. */
const spelling = (address: number): fc.Arbitrary<string> =>
  fc.integer({ min: 1, max: 4 }).chain((count) => {
    const leading = Array.from({ length: count - 1 }, (_, index) => Math.floor(address / 2 ** (24 - 8 * index)) % 256)
    return fc
      .tuple(...[...leading, address % 2 ** (8 * (5 - count))].map(part), fc.constantFrom('', '.'))
      .chain((parts) => disguised(parts.slice(0, -1).join('.') + parts.at(-1)!))
  })

const dotted = (address: number) => [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.')

test('a private address is refused in every spelling that a URL can have', () => {
  const runs = fc.property(
    insideAddress.chain((address) => fc.tuple(fc.constant(address), spelling(address))),
    ([address, text]) => {
      const url = new URL(`https://${text}/`)
      expect(url.hostname).toBe(dotted(address))
      expect(publicUrlProblem(url)).toBe(`${dotted(address)} is not a public address`)
    },
  )
  fc.assert(runs, { numRuns: 3_000 })
})

test('a public address is allowed in every spelling', () => {
  const runs = fc.property(
    fc.nat(0xffff_ffff).filter((address) => isPublicAddress(dotted(address))),
    fc.context(),
    (address, context) =>
      fc.sample(spelling(address), { numRuns: 3, seed: address }).every((text) => {
        context.log(text)
        return publicUrlProblem(new URL(`https://${text}/`)) === undefined
      }),
  )
  fc.assert(runs, { numRuns: 500 })
})

test('publicUrlProblem() never throws, and judges only the host', () => {
  const runs = fc.property(fc.webUrl({ withQueryParameters: true, withFragments: true }), (text) => {
    const url = new URL(text)
    const bare = new URL(url.origin)
    expect(publicUrlProblem(url)).toBe(publicUrlProblem(bare))
  })
  fc.assert(runs, { numRuns: 100 })
})
