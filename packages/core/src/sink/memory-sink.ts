import { AuditError } from '../errors.ts'
import type { AuditEvent } from '../event/event.ts'
import { OptionChecks } from '../option-checks.ts'
import type { Sink } from './sink.ts'

export interface MemorySinkOptions {
  /** Default `memory`. */
  readonly name?: string
}

/** A sink that keeps its events, for tests and for inspection. */
export interface MemorySink extends Sink {
  /** Oldest first, each id once. */
  readonly events: readonly AuditEvent[]
  readonly lines: readonly string[]
  clear(): void
}

/** Keeps events in memory, without a bound: not for production. An event that comes twice is kept once. */
export function memorySink(options: MemorySinkOptions = {}): MemorySink {
  const checks = new OptionChecks()
  const { name = 'memory' } = checks.options(options, ['name'])
  checks.throwIfAny('The options of memorySink are wrong')
  const kept = new Map<string, string>()
  let isClosed = false
  return {
    name,
    get lines() {
      return [...kept.values()]
    },
    get events() {
      return this.lines.map((line) => JSON.parse(line) as AuditEvent)
    },
    clear: () => kept.clear(),
    async write(batch, { signal }) {
      signal.throwIfAborted()
      if (isClosed) throw new AuditError('AUDIT_CLOSED', 'The memory sink is closed.')
      batch.events.forEach(({ id }, index) => kept.has(id) || kept.set(id, batch.lines[index]!))
    },
    async close() {
      isClosed = true
    },
  }
}
