import { ProofError } from '../proof-error.ts'

// How the leaves of a tree are divided. No bit operations: JavaScript's cut sizes to 32 bits.

/** A perfect part of a tree: the 2^level leaves from index · 2^level on. */
export interface Subtree {
  readonly level: number
  readonly index: number
}

/** The leaves from `start` up to, but not including, `end`. */
export interface Range {
  readonly start: number
  readonly end: number
}

/** Throws `PROOF_OUT_OF_RANGE` unless the value is an integer from 0 to 2^53 - 1, beyond which numbers have gaps. */
export function checkSize(what: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new ProofError('PROOF_OUT_OF_RANGE', `${what} is ${value}. It must be an integer from 0 to 2^53 - 1.`)
}

/** The least `n` with 2^n ≥ size. */
export function ceilLog2(size: number): number {
  let power = 1
  let log = 0
  for (; power < size; log++) power *= 2
  return log
}

/** The largest power of two below `size`, where a tree of more than one leaf is split in two (RFC 6962, section 2.1). */
export function splitOf(size: number): number {
  return 2 ** (ceilLog2(size) - 1)
}

/**
 * Lists the perfect parts of the first `size` leaves, from left to right: one for each set bit of the size. Throws
 * `PROOF_OUT_OF_RANGE` if no tree has that size.
 */
export function subtreesOf(size: number): readonly Subtree[] {
  checkSize('The size', size)
  const subtrees: Subtree[] = []
  let start = 0
  for (let level = ceilLog2(size + 1); level >= 0; level--) {
    const leaves = 2 ** level
    if (size - start < leaves) continue
    subtrees.push({ level, index: start / leaves })
    start += leaves
  }
  return subtrees
}

/** Walks from the root towards a leaf, down to the first part that `isThere`. Lists the siblings on the way, the lowest first. */
export function wayTo(
  leaf: number,
  size: number,
  isThere: (part: Range) => boolean,
): { readonly part: Range; readonly beside: readonly Range[] } {
  const beside: Range[] = []
  let part: Range = { start: 0, end: size }
  while (!isThere(part)) {
    const split = part.start + splitOf(part.end - part.start)
    const [left, right] = [
      { start: part.start, end: split },
      { start: split, end: part.end },
    ]
    part = leaf < split ? left : right
    beside.push(leaf < split ? right : left)
  }
  return { part, beside: beside.toReversed() }
}
