/** Time and randomness. Everything that waits, stamps or jitters uses a clock, so that tests can move it by hand. */
export interface Clock {
  /** Milliseconds since 1970, UTC. May jump when the machine's clock is set. */
  now(): number
  /** Milliseconds that only ever go forward; for deadlines and ages. */
  monotonic(): number
  /** A number in [0, 1). */
  random(): number
  /** Calls back once, after `delayMs`. With `keepAlive: false` the timer does not keep the process running. */
  schedule(delayMs: number, callback: () => void, options?: ScheduleOptions): Timer
}

export interface ScheduleOptions {
  readonly keepAlive?: boolean
}

export interface Timer {
  /** Prevents the callback if it has not run. Safe to call twice. */
  cancel(): void
}

// Kept from when the module is loaded: a test that fakes timers moves the application's time, and must not stop the trail.
const { setTimeout, clearTimeout, setImmediate } = globalThis
const monotonic = performance.now.bind(performance)

/** The machine's own clock. Faked timers do not stop it; a faked Date is what events are stamped with. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic,
  random: Math.random,
  schedule(delayMs, callback, options) {
    const timeout = setTimeout(callback, delayMs)
    if (options?.keepAlive === false) timeout.unref()
    return { cancel: () => clearTimeout(timeout) }
  },
}

/** Resolves in the next turn of the event loop, after its input and output. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Resolves after `delayMs`, or as soon as `signal` aborts; never rejects. */
export function delay(clock: Clock, delayMs: number, signal?: AbortSignal, options?: ScheduleOptions): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const done = () => {
      timer.cancel()
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = clock.schedule(delayMs, done, options)
    signal?.addEventListener('abort', done)
  })
}
