import type { CheckedClaim } from './tree-evidence.ts'

/** The claims about a log that its evidence needs. Of those that hold, the largest says all that the others say. */
export class KeptClaims {
  /** The change lies between the last claim that holds and the first that does not, so all claims are kept from here on. */
  hasFailed = false
  #largestHeld: CheckedClaim | undefined
  /** Most logs have no other. */
  #others: Set<CheckedClaim> | undefined

  /** A claim that is false, or that cannot be decided yet. */
  keep(checked: CheckedClaim): void {
    this.#others ??= new Set()
    this.#others.add(checked)
  }

  /** A claim that holds, which may have been kept before. */
  held(held: CheckedClaim): void {
    this.#others?.delete(held)
    const before = this.#largestHeld
    const isLarger =
      !before || before.claim.size < held.claim.size || (before.claim.size === held.claim.size && isFirmer(held, before))
    if (isLarger) this.#largestHeld = held
    const lesser = isLarger ? before : held
    if (lesser && (this.hasFailed || isFirmer(lesser, this.#largestHeld!))) this.keep(lesser)
  }

  all(): readonly CheckedClaim[] {
    return [...(this.#largestHeld ? [this.#largestHeld] : []), ...(this.#others ?? [])]
  }
}

const isFirmer = (one: CheckedClaim, other: CheckedClaim) => one.claim.trust === 'genuine' && other.claim.trust !== 'genuine'
