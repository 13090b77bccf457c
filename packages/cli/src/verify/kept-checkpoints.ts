import type { ComparedCheckpoint } from './tree-evidence.ts'

/** The checkpoints of a log that its evidence needs. Of those that hold, the largest says all that the others say. */
export class KeptCheckpoints {
  /** The change lies between the last checkpoint that holds and the first that does not, so from here on all are kept. */
  hasFailed = false
  #largestHeld: ComparedCheckpoint | undefined
  /** Most logs have no other. */
  #others: Set<ComparedCheckpoint> | undefined

  /** A checkpoint that is false, or that cannot be decided yet. */
  keep(checked: ComparedCheckpoint): void {
    this.#others ??= new Set()
    this.#others.add(checked)
  }

  /** A checkpoint that holds, which may have been kept before. */
  held(held: ComparedCheckpoint): void {
    this.#others?.delete(held)
    const before = this.#largestHeld
    const isLarger =
      !before ||
      before.checkpoint.size < held.checkpoint.size ||
      (before.checkpoint.size === held.checkpoint.size && isFirmer(held, before))
    if (isLarger) this.#largestHeld = held
    const lesser = isLarger ? before : held
    if (lesser && (this.hasFailed || isFirmer(lesser, this.#largestHeld!))) this.keep(lesser)
  }

  all(): readonly ComparedCheckpoint[] {
    return [...(this.#largestHeld ? [this.#largestHeld] : []), ...(this.#others ?? [])]
  }
}

const isFirmer = (one: ComparedCheckpoint, other: ComparedCheckpoint) =>
  one.checkpoint.trust === 'genuine' && other.checkpoint.trust !== 'genuine'
