import type { Finding } from './report.ts'

/** Whether lines stand in the order of their sequences: in a journal each exactly once, in a copy at least once. */
export class SequenceCheck {
  readonly #kind: 'journal' | 'copy'
  readonly #mayBeFiltered: boolean
  first: number | undefined
  next: number | undefined
  count = 0
  /** The line that was just seen had been there before. */
  isRepeated = false
  /** There are lines that are not there, and that may be so. */
  isFiltered = false
  /** There are lines that are not there, and that may not be so. */
  hasGap = false
  readonly #gaps: { readonly from: number; readonly to: number }[] = []
  /** A line that is none stood before the next one: in this file, or in one before. */
  #isBrokenHere = false
  #brokenAt: number | undefined

  constructor(kind: 'journal' | 'copy', mayBeFiltered: boolean) {
    this.#kind = kind
    this.#mayBeFiltered = mayBeFiltered
  }

  get isBroken(): boolean {
    return this.#isBrokenHere
  }

  /** What is wrong with this line standing here, if anything. `isSame`: whether the one that stood in its place is the same. */
  see(sequence: number, isSame: () => boolean | undefined): Finding | undefined {
    const expected = (this.next ??= this.first = sequence)
    const isBroken = this.#isBrokenHere
    this.#isBrokenHere = false
    this.isRepeated = sequence < expected
    if (sequence < expected) return this.#again(sequence, isSame)
    this.count++
    this.next = sequence + 1
    if (sequence === expected) {
      return isBroken ? finding('unreadable', sequence, `Before event ${sequence} stands a line that is no event.`) : undefined
    }
    return this.#ahead(expected, sequence)
  }

  broken(): void {
    this.#isBrokenHere = true
    this.#brokenAt = this.next ?? 0
  }

  endOfFile(): void {
    this.#isBrokenHere = false
  }

  #ahead(from: number, sequence: number): Finding | undefined {
    if (this.#mayBeFiltered) {
      this.isFiltered = true
      return undefined
    }
    this.hasGap = true
    this.#gaps.push({ from, to: sequence - 1 })
    const range = { ...(sequence - 1 > from && { to: sequence - 1 }) }
    if (this.#brokenAt === from) return { ...finding('unreadable', from, `Event ${from} cannot be read.`), ...range }
    return { ...finding('missing', from, `After event ${from - 1} comes event ${sequence}.`), ...range }
  }

  #again(sequence: number, isSame: () => boolean | undefined): Finding | undefined {
    if (this.first! > sequence) return finding('out-of-order', sequence, `Event ${sequence} stands behind event ${this.first!}.`)
    const isLate = this.#gaps.some(({ from, to }) => from <= sequence && sequence <= to)
    if (isLate) return finding('out-of-order', sequence, `Event ${sequence} stands behind event ${this.next! - 1}.`)
    if (this.#kind === 'journal') return finding('out-of-order', sequence, `Event ${sequence} is there twice.`)
    // Sinks get what they did not acknowledge once more, byte for byte.
    if (isSame() !== false) return undefined
    return finding('changed', sequence, `Event ${sequence} is there twice, and not the same.`)
  }
}

function finding(cause: Finding['cause'], sequence: number, message: string): Finding {
  return { cause, sequence, message }
}
