/** Promises that wait for a count to be reached. */
export class CountWaiters {
  #waiting: { readonly mark: number; readonly resolve: () => void }[] = []

  get isEmpty(): boolean {
    return this.#waiting.length === 0
  }

  /** Resolves when the count reaches `mark`. */
  until(mark: number): Promise<void> {
    return new Promise((resolve) => this.#waiting.push({ mark, resolve }))
  }

  /** Sets the count, and resolves the promises that it reaches. */
  reach(count: number): void {
    const reached = this.#waiting.filter(({ mark }) => mark <= count)
    this.#waiting = this.#waiting.filter(({ mark }) => mark > count)
    for (const { resolve } of reached) resolve()
  }
}
