import { below, shuffled, type Random } from './simulated-random.ts'

interface Turn {
  /** An effect that runs in its turn; its result runs in the next turn. */
  run(): (() => void) | undefined
}

/**
 * Lets concurrent calls take effect in an order drawn from a seed, one per turn of the event loop, like a thread pool. A call
 * takes effect in one turn and answers in the same or a later one.
 */
export class SimulatedTurns {
  readonly #random: Random
  #effects: Turn[] = []
  #answers: (() => void)[] = []
  #isScheduled = false
  #hasEnded = false

  constructor(random: Random) {
    this.#random = random
  }

  /** True if nothing is under way. */
  get isIdle(): boolean {
    return this.#effects.length === 0 && this.#answers.length === 0
  }

  /** Settles as `effect` does, a few turns later; never once the process has ended. */
  take<T>(effect: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#hasEnded) return
      this.#effects.push({ run: () => outcome(effect, resolve, reject) })
      this.#schedule()
    })
  }

  /** The process is gone: its pending calls may still take effect, but are never answered. */
  end(): void {
    this.#hasEnded = true
    for (const effect of shuffled(this.#random, this.#effects)) if (this.#random() < 0.5) effect.run()
    this.#effects = []
    this.#answers = []
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      this.#turn()
      if (!this.isIdle) this.#schedule()
    })
  }

  #turn(): void {
    if (this.#hasEnded) return
    const index = below(this.#random, this.#effects.length + this.#answers.length)
    if (index >= this.#effects.length) return this.#answers.splice(index - this.#effects.length, 1)[0]?.()
    const answer = this.#effects.splice(index, 1)[0]?.run()
    if (!answer) return
    if (this.#random() < 0.5) answer()
    else this.#answers.push(answer)
  }
}

function outcome<T>(effect: () => T, resolve: (value: T) => void, reject: (error: unknown) => void): () => void {
  try {
    const value = effect()
    return () => resolve(value)
  } catch (error) {
    return () => reject(error)
  }
}
