/** Tasks that wait to run between two batches. */
export class BetweenBatches {
  #tasks: { readonly run: () => Promise<void>; readonly cancel: (error: unknown) => void }[] = []

  /** Settles as the task does, or rejects when it will not be done. */
  add<T>(task: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#tasks.push({ run: () => task().then(resolve, reject), cancel: reject })
    })
  }

  /** Runs all tasks, one after the other, including those added meanwhile. Never rejects. */
  async runAll(): Promise<void> {
    for (let task = this.#tasks.shift(); task; task = this.#tasks.shift()) await task.run()
  }

  cancelAll(error: unknown): void {
    for (const { cancel } of this.#tasks.splice(0)) cancel(error)
  }
}
