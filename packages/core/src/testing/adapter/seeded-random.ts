/** Numbers from 0 to 1 that look random and are the same for the same seed. */
export type Random = () => number

export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x9e37_79b9) >>> 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x85eb_ca6b)
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35)
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32
  }
}

/** A whole number from `from` up to, not including, `to`. */
export function between(random: Random, from: number, to: number): number {
  return from + Math.floor(random() * (to - from))
}

/** One item of a list. Repeat earlier items to make later ones rarer. */
export function oneOf<T>(random: Random, list: readonly T[]): T {
  return list[between(random, 0, list.length)]!
}
