import { AuditError } from '../errors.ts'
import { nearest } from '../event/nearest.ts'

/** Rule for the value of an option: the result of `typeof`, a list of allowed values, or `any` if another check follows. */
export type OptionRule = 'function' | 'string' | 'boolean' | 'object' | 'any' | readonly string[]

/** The options of one event, as every adapter takes them. */
export const markRules: Readonly<Record<'payload' | 'before' | 'target' | 'failMode', OptionRule>> = {
  payload: 'function',
  before: 'function',
  target: 'function',
  failMode: ['open', 'closed'],
}

/**
 * Throws one `AUDIT_INVALID_OPTIONS` at start that lists every unknown or unfit option, for JavaScript, which has no compiler.
 * `where` is the call, as the application writes it. An option that is `undefined` counts as left out.
 */
export function checkOptions(where: string, given: unknown, rules: Readonly<Record<string, OptionRule>>): void {
  const problems = problemsOfOptions(given, rules).map((problem) => `${where}: ${problem}`)
  if (problems.length > 0) throw new AuditError('AUDIT_INVALID_OPTIONS', problems.join('\n'), { problems })
}

export function problemsOfOptions(given: unknown, rules: Readonly<Record<string, OptionRule>>): readonly string[] {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return ['the options must be an object.']
  return Object.entries(given).flatMap(([name, value]) => {
    if (!Object.hasOwn(rules, name)) {
      const meant = nearest(name, Object.keys(rules))
      return [
        `'${name}' is not an option.${meant ? ` Did you mean '${meant}'?` : ` The options are ${Object.keys(rules).join(', ')}.`}`,
      ]
    }
    return value === undefined || fits(value, rules[name]!) ? [] : [`${name} must be ${describe(rules[name]!)}.`]
  })
}

function fits(value: unknown, rule: OptionRule): boolean {
  if (rule === 'any') return true
  if (typeof rule === 'string') return typeof value === rule && value !== null
  return rule.includes(value as string)
}

function describe(rule: OptionRule): string {
  if (typeof rule !== 'string') return rule.map((value) => `'${value}'`).join(' or ')
  return rule === 'object' ? 'an object' : `a ${rule}`
}
