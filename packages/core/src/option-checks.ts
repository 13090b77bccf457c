import { AuditError } from './errors.ts'
import { nearest } from './event/nearest.ts'

/** Collects mistakes in options, so that one error can list them all. */
export class OptionChecks {
  readonly problems: string[] = []

  that(systemEvent: boolean, problem: string): void {
    if (!systemEvent) this.problems.push(problem)
  }

  /** The object itself, or an empty one in the place of anything else, so that the other checks can go on. */
  members(path: string, value: unknown): object {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
    this.problems.push(`${path}: give an object`)
    return {}
  }

  /** The options of a factory, or none in the place of anything but an object with these keys. */
  options<T extends object>(given: T, known: readonly (keyof T & string)[]): T {
    const options = this.members('options', given) as T
    this.knownKeys('', options, known)
    return options
  }

  /** The list itself; an empty one if it is undefined, or is not such a list. */
  list<T>(path: string, value: readonly T[] | undefined, fits: (member: T) => boolean, what: string): readonly T[] {
    if (value === undefined) return []
    if (Array.isArray(value) && value.every(fits)) return value
    this.problems.push(`${path}: give ${what}`)
    return []
  }

  /** An unknown key is a typo that would silently do nothing. */
  knownKeys(path: string, value: object | undefined, known: readonly string[]): void {
    if (value === undefined) return
    if (typeof value !== 'object' || value === null) return void this.problems.push(`${path || 'options'}: give an object`)
    for (const key of Object.keys(value)) {
      if (known.includes(key)) continue
      const meant = nearest(key, known)
      this.problems.push(`${path ? `${path}.` : ''}${key}: there is no such option${meant ? `; did you mean '${meant}'?` : ''}`)
    }
  }

  oneOf(path: string, value: unknown, known: readonly string[]): void {
    const isKnown = value === undefined || known.includes(value as string)
    this.that(isKnown, `${path}: give ${known.map((word) => `'${word}'`).join(' or ')}`)
  }

  number(
    path: string,
    value: number | undefined,
    range: { readonly fallback: number; readonly min: number; readonly max: number },
  ): number {
    if (value === undefined) return range.fallback
    const fits = Number.isInteger(value) && value >= range.min && value <= range.max
    this.that(fits, `${path}: give a whole number from ${range.min} to ${range.max}`)
    return value
  }

  /** Throws `AUDIT_INVALID_OPTIONS` with all problems, if there are any. `what` is a sentence without its end. */
  throwIfAny(what: string): void {
    if (this.problems.length === 0) return
    const lines = this.problems.map((problem) => `- ${problem}`).join('\n')
    throw new AuditError('AUDIT_INVALID_OPTIONS', `${what}:\n${lines}`, { problems: [...this.problems] })
  }
}
