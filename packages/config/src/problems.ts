import { AuditError, nearest } from '@audit/core/sink'
import type { Origin } from './document/config-node.ts'

/** `audit.yaml:9:1` is before `audit.yaml:10:1`. */
const byPlace = new Intl.Collator('en', { numeric: true })

/** Collects what is wrong with a configuration, so that one error can tell all of it. Values are never a part of it. */
export class Problems {
  readonly #found = new Map<string, string>()

  /** Of one key only the first problem is told: what follows is most often a consequence. */
  add({ place, key }: Origin, what: string): void {
    const where = key ? `${place}: ${key}` : place
    if (!this.#found.has(where)) this.#found.set(where, what)
  }

  get count(): number {
    return this.#found.size
  }

  /** Throws one `AUDIT_INVALID_OPTIONS` with all that was found, if anything was. */
  throwIfAny(): void {
    if (this.count === 0) return
    const found = [...this.#found].toSorted(([a], [b]) => byPlace.compare(a, b))
    const problems = found.map(([where, what]) => `${where}: ${what}`)
    const lines = problems.map((problem) => `- ${problem}`).join('\n')
    throw new AuditError('AUDIT_INVALID_OPTIONS', `The audit configuration is wrong:\n${lines}`, { problems })
  }
}

const MOST_KNOWN = 16

/** `; did you mean 'url'?`, or what there is, if nothing is near and it is not too much. */
export function advice(word: string, known: Iterable<string>): string {
  const words = [...known]
  const meant = nearest(word, words)
  if (meant !== undefined) return `; did you mean '${meant}'?`
  return words.length > 0 && words.length <= MOST_KNOWN ? `; known are ${words.join(', ')}` : ''
}
