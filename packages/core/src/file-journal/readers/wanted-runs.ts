/** Keeps which offered events a cursor wants until it reads them. Runs of wanted events take the memory of one. */
export class WantedRuns {
  /** In order; events between two runs are not wanted. */
  #runs: { readonly from: number; end: number }[] = []
  #head = 0

  /** Sequences are added in ascending order. */
  add(sequence: number): void {
    const last = this.#runs.at(-1)
    if (last?.end === sequence) last.end++
    else this.#runs.push({ from: sequence, end: sequence + 1 })
  }

  /** True if the event is wanted. Forgets earlier events: sequences are asked in ascending order. */
  has(sequence: number): boolean {
    // The newest run stays, because it may grow.
    while (this.#head < this.#runs.length - 1 && this.#runs[this.#head]!.end <= sequence) this.#head++
    if (this.#head > 1_024 && this.#head * 2 > this.#runs.length) {
      this.#runs = this.#runs.slice(this.#head)
      this.#head = 0
    }
    const run = this.#runs[this.#head]
    return run !== undefined && run.from <= sequence && sequence < run.end
  }
}
