import { SinkError, type Sink } from '../../../packages/core/dist/index.js'
import type { Entry } from '../entries.ts'

/**
 * `up`: it accepts everything. `down`: it does not answer. `refusing`: it refuses every batch for good, without naming an event.
 * `picky`: it refuses entries below 0 permanently.
 */
export type SinkMode = 'up' | 'down' | 'refusing' | 'picky'

export interface SwitchedSink extends Sink {
  mode: SinkMode
  /** The times of its tries, in milliseconds of a monotonic clock. */
  readonly triedAt: readonly number[]
  /** Milliseconds of each try; for a running one, so far. */
  readonly durations: readonly number[]
}

/** A sink whose destination can be switched off and on. */
export function switchedSink(sink: Sink, mode: SinkMode): SwitchedSink {
  const triedAt: number[] = []
  const endedAt: number[] = []
  return {
    name: sink.name,
    mode,
    triedAt,
    get durations() {
      return triedAt.map((at, index) => (endedAt[index] ?? performance.now()) - at)
    },
    async write(batch, options) {
      const index = triedAt.push(performance.now()) - 1
      try {
        if (this.mode === 'down') throw Object.assign(new Error('The sink is down.'), { code: 'ECONNREFUSED' })
        const isRefused = ({ payload }: { readonly payload: unknown }) => ((payload as Entry | null)?.n ?? 0) < 0
        if (this.mode === 'refusing' || (this.mode === 'picky' && batch.events.some(isRefused))) {
          throw new SinkError('It will not have this.', { retryable: false })
        }
        await sink.write(batch, options)
      } finally {
        endedAt[index] = performance.now()
      }
    },
    close: async () => sink.close?.(),
  }
}
