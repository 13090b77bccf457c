import { AuditError } from '@audit/core/sink'
import type { Origin } from './document/config-node.ts'

/** Sorts `audit.yaml:9:1` before `audit.yaml:10:1`. */
const byPlace = new Intl.Collator('en', { numeric: true })

/** Collects the problems of a configuration, so that one error lists all of them. They never contain a value. */
export class Problems {
  readonly #found = new Map<string, string>()

  /** Keeps only the first problem of a key: later ones are usually consequences. */
  add({ place, key }: Origin, what: string): void {
    const where = key ? `${place}: ${key}` : place
    if (!this.#found.has(where)) this.#found.set(where, what)
  }

  get count(): number {
    return this.#found.size
  }

  /** Throws one `AUDIT_INVALID_OPTIONS` with all problems, if there are any. */
  throwIfAny(): void {
    if (this.count === 0) return
    const found = [...this.#found].toSorted(([a], [b]) => byPlace.compare(a, b))
    const problems = found.map(([where, what]) => `${where}: ${what}`)
    const lines = problems.map((problem) => `- ${problem}`).join('\n')
    throw new AuditError('AUDIT_INVALID_OPTIONS', `The audit configuration is wrong:\n${lines}`, { problems })
  }
}
